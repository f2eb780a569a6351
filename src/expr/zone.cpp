#include "expr/zone.h"

#include <date/tz.h>

#include <limits>
#include <map>
#include <memory>
#include <mutex>

#include "expr/arena.h"
#include "expr/zone_rule.h"

namespace fas::expr {

const Zone kUtc{.name = "UTC"};

namespace {

using date::sys_seconds;

constexpr std::int64_t kFarFuture = 253'402'300'800;  // the year 10000

sys_seconds instant(std::int64_t seconds) { return sys_seconds(std::chrono::seconds(seconds)); }

// What Go's LoadLocation refuses before it looks at the disk: names that could leave the database's folder.
bool is_safe_name(std::string_view name) {
  return name.find("..") == std::string_view::npos && name.front() != '/' && name.front() != '\\' && name.size() < 128;
}

const date::time_zone* locate(std::string_view name) {
  try {
    return name == "Local" ? date::current_zone() : date::locate_zone(std::string(name));
  } catch (const std::exception&) {
    return nullptr;
  }
}

// The database's own lookup throws on damaged files; such a zone behaves as UTC.
date::sys_info listed_info(const date::time_zone* place, std::int64_t seconds) {
  try {
    return place->get_info(instant(seconds));
  } catch (const std::exception&) {
    date::sys_info info{};
    info.begin = sys_seconds::min();
    info.end = sys_seconds::max();
    info.abbrev = "UTC";
    return info;
  }
}

// After the last change that the database lists, the zone's rule says what is in force.
date::sys_info info_at(const Zone& zone, std::int64_t seconds) {
  auto info = listed_info(zone.place, seconds);
  if (zone.rule == nullptr || info.end.time_since_epoch().count() < kFarFuture) return info;
  const bool summer = zone.rule->is_summer(seconds);
  const auto& clock = summer ? zone.rule->summer : zone.rule->standard;
  info.offset = std::chrono::seconds(clock.offset);
  info.save = std::chrono::minutes(summer ? 60 : 0);
  info.abbrev = clock.abbreviation;
  return info;
}

struct Place {
  std::optional<ZoneRule> rule;
  Zone zone;
};

std::unique_ptr<Place> make_place(std::string_view name, const date::time_zone* place) {
  const auto path = name == "Local" ? std::string("/etc/localtime") : "/usr/share/zoneinfo/" + std::string(name);
  auto made = std::make_unique<Place>();
  made->rule = read_zone_rule(path);
  made->zone = {.name = name, .place = place, .offset = 0, .rule = made->rule ? &*made->rule : nullptr};
  return made;
}

std::int64_t wrapping_sub(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b));
}

}  // namespace

const Zone* find_zone(std::string_view name) {
  if (name.empty() || name == "UTC") return &kUtc;
  if (!is_safe_name(name)) return nullptr;
  static std::mutex mutex;
  static std::map<std::string, std::unique_ptr<Place>, std::less<>> places;
  const std::lock_guard lock(mutex);
  if (const auto found = places.find(name); found != places.end()) return &found->second->zone;
  const auto* located = locate(name);
  if (located == nullptr) return name == "Local" ? &kUtc : nullptr;
  const auto at = places.emplace(name, nullptr).first;
  at->second = make_place(at->first, located);
  return &at->second->zone;
}

ZoneOffset zone_offset(const Zone* zone, std::int64_t seconds) {
  if (zone == nullptr) zone = &kUtc;
  if (zone->place == nullptr) {
    return {.seconds = zone->offset, .abbreviation = std::string(zone->name), .summer = false};
  }
  auto info = info_at(*zone, seconds);
  return {.seconds = static_cast<std::int32_t>(info.offset.count()),
          .abbreviation = std::move(info.abbrev),
          .summer = info.save.count() != 0};
}

std::optional<std::int32_t> abbreviation_offset(const Zone* zone, std::string_view abbreviation, std::int64_t seconds) {
  if (zone == nullptr) zone = &kUtc;
  if (zone->place == nullptr) {
    if (zone->name == abbreviation) return zone->offset;
    return std::nullopt;
  }
  std::optional<std::int32_t> any;
  auto info = info_at(*zone, std::numeric_limits<std::int64_t>::min() / 4);
  for (int periods = 0; periods < 1000; ++periods) {
    if (info.abbrev == abbreviation) {
      const auto offset = static_cast<std::int32_t>(info.offset.count());
      if (!any) any = offset;
      const auto then = info_at(*zone, wrapping_sub(seconds, offset));
      if (then.abbrev == abbreviation) return static_cast<std::int32_t>(then.offset.count());
    }
    const auto end = info.end.time_since_epoch().count();
    if (end >= kFarFuture) break;  // the last period is open
    info = info_at(*zone, end);
  }
  return any;
}

std::int64_t wall_to_instant(const Zone* zone, std::int64_t local) {
  const auto guess = zone_offset(zone, local).seconds;
  if (guess == 0) return local;
  return wrapping_sub(local, zone_offset(zone, wrapping_sub(local, guess)).seconds);
}

const Zone* fixed_zone(Arena& arena, std::string_view abbreviation, std::int32_t offset) {
  return arena.make<Zone>(arena.copy(abbreviation), nullptr, offset, nullptr);
}

}  // namespace fas::expr
