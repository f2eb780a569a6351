#include "expr/zone.h"

#include <date/tz.h>

#include <limits>
#include <map>
#include <memory>
#include <mutex>

#include "expr/arena.h"

namespace fas::expr {

const Zone kUtc{.name = "UTC", .place = nullptr, .offset = 0};

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
date::sys_info info_at(const date::time_zone* place, std::int64_t seconds) {
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

std::int64_t wrapping_sub(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b));
}

}  // namespace

const Zone* find_zone(std::string_view name) {
  if (name.empty() || name == "UTC") return &kUtc;
  if (!is_safe_name(name)) return nullptr;
  static std::mutex mutex;
  static std::map<std::string, std::unique_ptr<const Zone>, std::less<>> zones;
  const std::lock_guard lock(mutex);
  if (const auto found = zones.find(name); found != zones.end()) return found->second.get();
  const auto* place = locate(name);
  if (place == nullptr) return name == "Local" ? &kUtc : nullptr;
  const auto at = zones.emplace(name, nullptr).first;
  at->second = std::make_unique<const Zone>(Zone{.name = at->first, .place = place, .offset = 0});
  return at->second.get();
}

ZoneOffset zone_offset(const Zone* zone, std::int64_t seconds) {
  if (zone == nullptr) zone = &kUtc;
  if (zone->place == nullptr) {
    return {.seconds = zone->offset, .abbreviation = std::string(zone->name), .summer = false};
  }
  auto info = info_at(zone->place, seconds);
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
  auto info = info_at(zone->place, std::numeric_limits<std::int64_t>::min() / 4);
  for (int periods = 0; periods < 1000; ++periods) {
    if (info.abbrev == abbreviation) {
      const auto offset = static_cast<std::int32_t>(info.offset.count());
      if (!any) any = offset;
      const auto then = info_at(zone->place, wrapping_sub(seconds, offset));
      if (then.abbrev == abbreviation) return static_cast<std::int32_t>(then.offset.count());
    }
    const auto end = info.end.time_since_epoch().count();
    if (end >= kFarFuture) break;  // the last period is open
    info = info_at(zone->place, end);
  }
  return any;
}

std::int64_t wall_to_instant(const Zone* zone, std::int64_t local) {
  const auto guess = zone_offset(zone, local).seconds;
  if (guess == 0) return local;
  return wrapping_sub(local, zone_offset(zone, wrapping_sub(local, guess)).seconds);
}

const Zone* fixed_zone(Arena& arena, std::string_view abbreviation, std::int32_t offset) {
  return arena.make<Zone>(arena.copy(abbreviation), nullptr, offset);
}

}  // namespace fas::expr
