// Times of the calendar as crontab(5) writes them: minute, hour, day of month, month, day of week. Lists, ranges, steps
// and the English three-letter names of months and days are understood, and @hourly, @daily, @weekly, @monthly.
#pragma once

#include <bitset>
#include <optional>
#include <string_view>

#include "base/clock.h"
#include "base/duration.h"
#include "base/error.h"

namespace date {
class time_zone;  // NOLINT(readability-identifier-naming): theirs
}

namespace fas {

// By its name in the IANA database, empty for UTC; lives as long as the program. Errors: kInvalid when there is none.
Result<const date::time_zone*> find_time_zone(std::string_view name);

class Cron {
 public:
  // Errors: kInvalid, which says which field is wrong and how to write it.
  static Result<Cron> parse(std::string_view text);

  // The last time at or before `now`, and not longer than `back` ago, that matches in `zone`. A local time that does
  // not exist (clocks put forward) is the moment of the change; one that comes twice (put back) is the first of the
  // two.
  std::optional<WallTime> last(WallTime now, Duration back, const date::time_zone& zone) const;

 private:
  bool matches_day(int month, int day, int weekday) const;

  std::bitset<60> minutes_;
  std::bitset<24> hours_;
  std::bitset<32> days_;     // 1 to 31
  std::bitset<13> months_;   // 1 to 12
  std::bitset<7> weekdays_;  // 0: Sunday
  // As in crontab(5): where both are restricted, a day that matches either is meant.
  bool any_day_ = true;
  bool any_weekday_ = true;
};

}  // namespace fas
