// Time zones: UTC, a place of the IANA database ("Europe/Zurich"), or a fixed offset that a text gave.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace date {
class time_zone;  // NOLINT(readability-identifier-naming): the library's own name
}

namespace fas::expr {

class Arena;
struct ZoneRule;

// Trivially destructible, so that zones made during a run live in its arena; those of places live for ever.
struct Zone {
  std::string_view name;                   // "UTC", "Europe/Zurich"; of a fixed offset its abbreviation, may be empty
  const date::time_zone* place = nullptr;  // null: always `offset`
  std::int32_t offset = 0;                 // seconds east of UTC
  const ZoneRule* rule = nullptr;          // of a place: when its summers are after the database's last change
};

// What is in force in a zone at an instant. Summer time counts into `offset`.
struct ZoneOffset {
  std::int32_t seconds = 0;
  std::string abbreviation;  // "CET"
  bool summer = false;
};

extern const Zone kUtc;

// A place by its name; "" and "UTC" are UTC, "Local" is the system's zone. Null for an unknown name or when the system
// has no time-zone database. Thread-safe; the database is read once per name.
const Zone* find_zone(std::string_view name);

// Of `zone`, null meaning UTC, at the instant `seconds` since 1970.
ZoneOffset zone_offset(const Zone* zone, std::int64_t seconds);

// The offset that the zone uses for an abbreviation ("CET"), at `seconds` if it is in use then, else at any time.
std::optional<std::int32_t> abbreviation_offset(const Zone* zone, std::string_view abbreviation, std::int64_t seconds);

// The instant of a clock on the wall showing `local` (seconds since 1970 as if in UTC). A time that the clock skips or
// shows twice is taken by the offset in force before the change, or after it, as Go's time.Date does.
std::int64_t wall_to_instant(const Zone* zone, std::int64_t local);

// A zone of its own with a fixed offset, made in `arena`.
const Zone* fixed_zone(Arena& arena, std::string_view abbreviation, std::int32_t offset);

}  // namespace fas::expr
