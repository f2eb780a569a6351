#include "scale/memory_json.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>

namespace fas::scale {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMostEntries = 100'000;  // of any list; a text with more is none of ours

// --- writing; times are nanoseconds since the epoch ---

std::int64_t ticks(WallTime time) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
}

Json to_json(const std::optional<int>& count) { return count ? Json(*count) : Json(nullptr); }

Json to_json(const Window& window) {
  Json list = Json::array();
  for (const TimedCount& count : window.counts()) list.push_back({ticks(count.at), count.count});
  return list;
}

Json to_json(const Targets& t) {
  return {to_json(t.created.min), to_json(t.created.max), to_json(t.started.min), to_json(t.started.max)};
}

template <class Map>
Json times_to_json(const Map& map) {
  Json list = Json::array();
  for (const auto& [key, time] : map) list.push_back({key, ticks(time)});
  return list;
}

// --- reading; nothing throws, whatever the text ---

const Json& at(const Json& json, const char* key) {
  static const Json nothing;
  if (!json.is_object()) return nothing;
  const auto found = json.find(key);
  return found == json.end() ? nothing : *found;
}

const Json& item(const Json& json, std::size_t index) {
  static const Json nothing;
  return json.is_array() && index < json.size() ? json[index] : nothing;
}

int to_int(const Json& json, int fallback = 0) {
  if (!json.is_number_integer()) return fallback;
  const auto value = json.get<std::int64_t>();
  const bool fits = value >= std::numeric_limits<int>::min() && value <= std::numeric_limits<int>::max();
  return fits ? static_cast<int>(value) : fallback;
}

std::string to_text(const Json& json) { return json.is_string() ? json.get<std::string>() : std::string(); }

std::optional<int> to_count(const Json& json) {
  if (!json.is_number_integer()) return std::nullopt;
  return std::max(to_int(json), 0);
}

Targets to_targets(const Json& list) {
  return {.created = {to_count(item(list, 0)), to_count(item(list, 1))},
          .started = {to_count(item(list, 2)), to_count(item(list, 3))}};
}

class Reader {
 public:
  explicit Reader(WallTime now) : now_(now) {}

  WallTime time(const Json& json, Duration most_ahead = Duration{0}) const {
    if (!json.is_number_integer()) return WallTime{};
    const WallTime latest = now_ + std::chrono::duration_cast<WallTime::duration>(most_ahead);
    const WallTime value(
        std::chrono::duration_cast<WallTime::duration>(std::chrono::nanoseconds(json.get<std::int64_t>())));
    return std::min(value, latest);
  }

  template <class Add>
  static void each(const Json& list, Add add) {
    if (!list.is_array() || list.size() > kMostEntries) return;
    for (const Json& entry : list) add(entry);
  }

  Window window(const Json& list) const {
    std::vector<TimedCount> counts;
    each(list,
         [&](const Json& entry) { counts.push_back({.at = time(item(entry, 0)), .count = to_int(item(entry, 1))}); });
    std::ranges::stable_sort(counts, {}, &TimedCount::at);
    return Window(std::move(counts));
  }

  template <class Map>
  void times(const Json& list, Map& map, Duration most_ahead) const {
    each(list, [&](const Json& entry) {
      const std::string key = to_text(item(entry, 0));
      if (!key.empty()) map[key] = time(item(entry, 1), most_ahead);
    });
  }

 private:
  WallTime now_;
};

MachineState passing_state(const Json& json) {
  const MachineState state = parse_machine_state(to_text(json));
  return state == MachineState::kStarting || state == MachineState::kStopping || state == MachineState::kSuspending ||
                 state == MachineState::kDestroying
             ? state
             : MachineState::kUnknown;
}

}  // namespace

std::string memory_text(const Memory& memory) {
  Json json;
  if (memory.previous) json["previous"] = to_json(*memory.previous);
  json["failures"] = memory.failures;
  const Windows& windows = memory.windows;
  json["windows"] = {to_json(windows.min_created), to_json(windows.max_created), to_json(windows.min_started),
                     to_json(windows.max_started)};
  Json& changes = json["changes"] = Json::array();
  for (const Change& c : memory.changes) changes.push_back({ticks(c.at), c.axis == Axis::kCreated ? "c" : "s", c.by});
  Json& pending = json["pending"] = Json::array();
  for (const PendingCreate& p : memory.pending) pending.push_back({p.slot, p.region, p.id, ticks(p.at)});
  Json& touched = json["touched"] = Json::array();
  for (const auto& [id, t] : memory.touched) {
    const Json seen = t.seen ? Json(ticks(*t.seen)) : Json(nullptr);
    touched.push_back({id, ticks(t.at), fas::to_string(t.becomes), seen, t.sure});
  }
  json["draining"] = times_to_json(memory.draining);
  json["cordoned"] = times_to_json(memory.cordoned);
  json["burnt_slots"] = times_to_json(memory.burnt_slots);
  json["next_region"] = memory.next_region;
  json["full_regions"] = times_to_json(memory.full_regions);
  json["busy_since"] = times_to_json(memory.busy_since);
  json["backoff"] = {memory.backoff.failed_ticks, ticks(memory.backoff.until)};
  if (memory.hand) {
    const Hand& hand = *memory.hand;
    const Json until = hand.until ? Json(ticks(*hand.until)) : Json(nullptr);
    json["hand"] = {
        {"paused", hand.paused}, {"targets", to_json(hand.targets)}, {"until", until}, {"reason", hand.reason}};
  }
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Memory parse_memory(std::string_view text, WallTime now) {
  Memory memory;
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  const Reader reader(now);
  if (const Json& previous = at(json, "previous"); previous.is_array()) memory.previous = to_targets(previous);
  memory.failures = std::max(to_int(at(json, "failures")), 0);
  const Json& windows = at(json, "windows");
  memory.windows = {.min_created = reader.window(item(windows, 0)),
                    .max_created = reader.window(item(windows, 1)),
                    .min_started = reader.window(item(windows, 2)),
                    .max_started = reader.window(item(windows, 3))};
  Reader::each(at(json, "changes"), [&](const Json& c) {
    memory.changes.push_back({.at = reader.time(item(c, 0)),
                              .axis = to_text(item(c, 1)) == "c" ? Axis::kCreated : Axis::kStarted,
                              .by = to_int(item(c, 2))});
  });
  Reader::each(at(json, "pending"), [&](const Json& p) {
    const int slot = to_int(item(p, 0), -1);
    if (slot < 0) return;
    memory.pending.push_back(
        {.slot = slot, .region = to_text(item(p, 1)), .id = to_text(item(p, 2)), .at = reader.time(item(p, 3))});
  });
  Reader::each(at(json, "touched"), [&](const Json& t) {
    Touched touched{.at = reader.time(item(t, 1)), .becomes = passing_state(item(t, 2)), .seen = {}};
    if (touched.becomes == MachineState::kUnknown) return;
    const Json& seen = item(t, 3);
    if (seen.is_number_integer()) touched.seen = reader.time(seen, std::chrono::hours(24 * 365));
    if (const Json& sure = item(t, 4); sure.is_boolean()) touched.sure = sure.get<bool>();
    memory.touched[to_text(item(t, 0))] = touched;
  });
  Reader::each(at(json, "burnt_slots"), [&](const Json& b) {
    const int slot = to_int(item(b, 0), -1);
    if (slot >= 0) memory.burnt_slots[slot] = reader.time(item(b, 1), kPendingName);
  });
  memory.next_region = static_cast<std::size_t>(std::max(to_int(at(json, "next_region")), 0));
  reader.times(at(json, "draining"), memory.draining, Duration{0});
  reader.times(at(json, "cordoned"), memory.cordoned, Duration{0});
  reader.times(at(json, "full_regions"), memory.full_regions, kFullRegion);
  reader.times(at(json, "busy_since"), memory.busy_since, Duration{0});
  const Json& backoff = at(json, "backoff");
  memory.backoff.failed_ticks = std::max(to_int(item(backoff, 0)), 0);
  memory.backoff.until = reader.time(item(backoff, 1), std::chrono::minutes(2));
  if (const Json& hand = at(json, "hand"); hand.is_object()) {
    memory.hand = Hand{.paused = at(hand, "paused") == true,
                       .targets = to_targets(at(hand, "targets")),
                       .until = {},
                       .reason = to_text(at(hand, "reason"))};
    if (const Json& until = at(hand, "until"); until.is_number_integer()) {
      memory.hand->until = reader.time(until, kLongestHand);
    }
  }
  return memory;
}

}  // namespace fas::scale
