#include "serve/request.h"

#include <fmt/format.h>

#include <charconv>
#include <limits>

#include "net/target.h"
#include "scale/memory.h"
#include "scale/time_text.h"

namespace fas::serve {
namespace {

constexpr std::size_t kLongestReason = 200;

std::unexpected<Error> invalid(std::string message) { return fail(ErrorKind::kInvalid, std::move(message)); }

Result<std::optional<WallTime>> read_end(const Json& body, WallTime now) {
  const auto found = body.find("for");
  if (found == body.end() || found->is_null()) return std::nullopt;
  const auto span = found->is_string() ? parse_span(found->get<std::string>()) : std::nullopt;
  if (!span || *span <= Duration{0} || *span > scale::kLongestHand) {
    return invalid(R"("for" must be a time like "2h", at most "30d")");
  }
  return now + std::chrono::duration_cast<WallTime::duration>(*span);
}

// One line: it is logged and shown.
Result<std::string> read_reason(const Json& body) {
  const auto found = body.find("reason");
  if (found == body.end() || found->is_null()) return std::string();
  if (!found->is_string()) return invalid(R"("reason" must be a text)");
  std::string reason = found->get<std::string>();
  if (reason.size() > kLongestReason) return invalid(fmt::format("\"reason\" has more than {} bytes", kLongestReason));
  constexpr unsigned char kFirstPrintable = 0x20;
  for (char& c : reason) {
    if (static_cast<unsigned char>(c) < kFirstPrintable || c == '\x7f') c = ' ';
  }
  return reason;
}

Result<std::optional<int>> read_count(const Json& value, std::string_view name, int least) {
  if (value.is_null()) return std::nullopt;
  constexpr int kMost = 100'000;
  if (!value.is_number_integer() || value < least || value > kMost) {
    return invalid(fmt::format("\"{}\" must be a whole number from {} to {}", name, least, kMost));
  }
  return value.get<int>();
}

Result<scale::Bounds> read_bounds(const Json& body, const char* name, int least) {
  const auto found = body.find(name);
  if (found == body.end() || found->is_null()) return scale::Bounds{};
  if (!found->is_object()) {
    const Result<std::optional<int>> count = read_count(*found, name, least);
    if (!count) return std::unexpected(count.error());
    return scale::Bounds{.min = *count, .max = *count};
  }
  const Result<std::optional<int>> min = read_count(found->value("min", Json()), fmt::format("{}.min", name), least);
  if (!min) return std::unexpected(min.error());
  const Result<std::optional<int>> max = read_count(found->value("max", Json()), fmt::format("{}.max", name), least);
  if (!max) return std::unexpected(max.error());
  if (*min && *max && **min > **max) return invalid(fmt::format("\"{}\": min is above max", name));
  return scale::Bounds{.min = *min, .max = *max};
}

bool set(const scale::Bounds& bounds) { return bounds.min || bounds.max; }

}  // namespace

std::string Query::text(std::string_view name) const { return net::query_value(text_, name).value_or(""); }

bool Query::flag(std::string_view name) const {
  const std::string value = text(name);
  return value == "1" || value == "true";
}

Result<std::size_t> Query::number(std::string_view name, std::size_t fallback, std::size_t least,
                                  std::size_t most) const {
  const std::string value = text(name);
  if (value.empty()) return fallback;
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc{} || end != value.data() + value.size() || number < least || number > most) {
    return invalid(fmt::format("{} must be a whole number from {} to {}", name, least, most));
  }
  return number;
}

Result<std::optional<WallTime>> Query::time(std::string_view name, WallTime now) const {
  const std::string value = text(name);
  if (value.empty()) return std::nullopt;
  if (const auto ago = parse_span(value)) return now - std::chrono::duration_cast<WallTime::duration>(*ago);
  if (const auto time = scale::parse_time(value)) return *time;
  return invalid(fmt::format("{} must be a time like 2026-11-24T19:30:00Z, or how long ago: 2h, 30d", name));
}

std::optional<Duration> parse_span(std::string_view text) {
  if (text.ends_with('d')) {
    constexpr int kMostDays = 100'000;
    int days = 0;
    const char* last = text.data() + text.size() - 1;
    const auto [end, error] = std::from_chars(text.data(), last, days);
    if (error != std::errc{} || end != last || days < 0 || days > kMostDays) return std::nullopt;
    return std::chrono::hours(24) * days;
  }
  const auto span = parse_duration(text);
  return span && *span >= Duration{0} ? span : std::nullopt;
}

Result<Json> read_object(std::string_view body) {
  if (body.empty()) return Json::object();
  Json json = Json::parse(body, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return invalid("the body must be a JSON object");
  return json;
}

Result<scale::Hand> read_pause(const Json& body, WallTime now) {
  Result<std::optional<WallTime>> until = read_end(body, now);
  if (!until) return std::unexpected(std::move(until.error()));
  Result<std::string> reason = read_reason(body);
  if (!reason) return std::unexpected(std::move(reason.error()));
  return scale::Hand{.paused = true, .targets = {}, .until = *until, .reason = std::move(*reason)};
}

Result<scale::Hand> read_override(const Json& body, WallTime now) {
  Result<scale::Hand> hand = read_pause(body, now);
  if (!hand) return hand;
  if (!hand->until)
    return invalid(R"("for" is missing: say when the override ends, as in {"started": 5, "for": "1h"})");
  hand->paused = false;
  // The last machine is never destroyed, hence at least 1 created.
  Result<scale::Bounds> created = read_bounds(body, "created", 1);
  if (!created) return std::unexpected(std::move(created.error()));
  Result<scale::Bounds> started = read_bounds(body, "started", 0);
  if (!started) return std::unexpected(std::move(started.error()));
  if (!set(*created) && !set(*started)) return invalid(R"(a count is missing: write {"started": 5, "for": "1h"})");
  hand->targets = {.created = *created, .started = *started};
  return hand;
}

}  // namespace fas::serve
