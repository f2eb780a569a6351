// The rule by which a zone changes to summer time and back, year after year: a POSIX TZ text such as
// "CET-1CEST,M3.5.0,M10.5.0/3". Files of the time-zone database end in one, for the years after their last change.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fas::expr {

// When, within a year, on the clock in force before the change.
struct YearlyChange {
  enum class Kind { kMonthWeekDay, kDayOfYear, kDayWithoutLeapDay };
  Kind kind = Kind::kMonthWeekDay;
  int month = 1;        // kMonthWeekDay: 1 .. 12
  int week = 1;         // the 1st .. 4th of the weekday in the month; 5 is the last
  int day = 0;          // weekday, 0 is Sunday; of the other kinds the day, from 0, or from 1 without the leap day
  int seconds = 7'200;  // after midnight; may be negative or beyond a day
};

struct ZoneRule {
  struct Clock {
    std::string abbreviation;
    std::int32_t offset = 0;  // seconds east of UTC
  };
  Clock standard;
  Clock summer;
  YearlyChange to_summer;
  YearlyChange to_standard;

  // Is the summer clock in force at the instant?
  bool is_summer(std::int64_t seconds) const;
};

// nullopt for a text that is none, and for one without summer time.
std::optional<ZoneRule> parse_zone_rule(std::string_view text);

// The rule at the end of a file of the time-zone database; nullopt when there is none to read.
std::optional<ZoneRule> read_zone_rule(const std::string& path);

}  // namespace fas::expr
