#include "expr/time.h"

#include <algorithm>
#include <array>
#include <limits>
#include <string_view>

#include "expr/time_layout.h"

namespace fas::expr {
namespace {

constexpr std::int64_t kDaySeconds = 86'400;
constexpr std::int64_t kNanosPerSecond = 1'000'000'000;
constexpr std::int64_t kYearOneSeconds = -62'135'596'800;  // 0001-01-01 00:00:00 UTC
// Beyond these the seconds of an instant would not fit; nothing sensible is there.
constexpr std::int64_t kYearLimit = 290'000'000'000;
constexpr std::int64_t kDayLimit = 100'000'000'000'000;

constexpr std::array<std::string_view, 12> kMonths{"January",   "February", "March",    "April",
                                                   "May",       "June",     "July",     "August",
                                                   "September", "October",  "November", "December"};
constexpr std::array<std::string_view, 7> kWeekdays{"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                    "Thursday", "Friday", "Saturday"};

struct Quotient {
  std::int64_t whole;
  std::int64_t rest;  // 0 ..< divisor
};

Quotient floor_divide(std::int64_t value, std::int64_t divisor) {
  Quotient result{value / divisor, value % divisor};
  if (result.rest < 0) {
    result.rest += divisor;
    --result.whole;
  }
  return result;
}

std::int64_t wrapping_add(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}

// Days since 1970-01-01. Years are counted from March, so that the leap day is the last of its year.
std::int64_t days_from_civil(std::int64_t year, int month, int day) {
  const auto shifted = month > 2 ? year : year - 1;
  const auto [era, year_of_era] = floor_divide(shifted, 400);
  const std::int64_t month_from_march = (month + 9) % 12;
  const auto day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
  const auto day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146'097 + day_of_era - 719'468;
}

void civil_from_days(std::int64_t days, CivilTime& out) {
  const auto [era, day_of_era] = floor_divide(days + 719'468, 146'097);
  const auto year_of_era = (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const auto day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const auto month_from_march = (5 * day_of_year + 2) / 153;
  out.day = static_cast<int>(day_of_year - (153 * month_from_march + 2) / 5 + 1);
  out.month = static_cast<int>(month_from_march < 10 ? month_from_march + 3 : month_from_march - 9);
  out.year = era * 400 + year_of_era + (out.month <= 2 ? 1 : 0);
  out.weekday = static_cast<int>(floor_divide(days + 4, 7).rest);
  out.year_day = static_cast<int>(days - days_from_civil(out.year, 1, 1) + 1);
}

// The time modulo a positive duration, counted from the year 1.
std::int64_t remainder(const Time& time, std::int64_t divisor) {
  __extension__ using Wide = __int128;
  const auto since_year_one = (static_cast<Wide>(time.seconds) - kYearOneSeconds) * kNanosPerSecond + time.nanoseconds;
  auto rest = since_year_one % divisor;
  if (rest < 0) rest += divisor;
  return static_cast<std::int64_t>(rest);
}

}  // namespace

bool is_leap_year(std::int64_t year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

int days_in_month(std::int64_t year, int month) {
  if (month == 2) return is_leap_year(year) ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

CivilTime civil(const Time& time) {
  CivilTime out;
  out.offset = zone_offset(time.zone, time.seconds);
  const auto local = wrapping_add(time.seconds, out.offset.seconds);
  const auto [days, second] = floor_divide(local, kDaySeconds);
  civil_from_days(days, out);
  out.hour = static_cast<int>(second / 3'600);
  out.minute = static_cast<int>(second / 60 % 60);
  out.second = static_cast<int>(second % 60);
  return out;
}

Time make_time(std::int64_t year, std::int64_t month, std::int64_t day, std::int64_t second_of_day,
               std::int32_t nanoseconds, const Zone* zone) {
  const auto [years, month_index] = floor_divide(wrapping_add(month, -1), 12);
  const auto whole_year = std::clamp(std::clamp(year, -kYearLimit, kYearLimit) + years, -kYearLimit, kYearLimit);
  const auto days =
      days_from_civil(whole_year, static_cast<int>(month_index) + 1, 1) + std::clamp(day, -kDayLimit, kDayLimit) - 1;
  const auto limited = std::clamp(days, -kDayLimit, kDayLimit);
  return {.seconds = wall_to_instant(zone, limited * kDaySeconds + second_of_day),
          .nanoseconds = nanoseconds,
          .zone = zone};
}

Time add_nanoseconds(Time time, std::int64_t nanoseconds) {
  const auto [seconds, rest] = floor_divide(nanoseconds, kNanosPerSecond);
  time.seconds = wrapping_add(time.seconds, seconds);
  const auto sum = time.nanoseconds + rest;
  if (sum >= kNanosPerSecond) time.seconds = wrapping_add(time.seconds, 1);
  time.nanoseconds = static_cast<std::int32_t>(sum % kNanosPerSecond);
  return time;
}

Time add_date(const Time& time, std::int64_t years, std::int64_t months, std::int64_t days) {
  const auto now = civil(time);
  return make_time(wrapping_add(now.year, years), wrapping_add(now.month, months), wrapping_add(now.day, days),
                   now.hour * 3'600 + now.minute * 60 + now.second, time.nanoseconds, time.zone);
}

std::int64_t nanoseconds_between(const Time& later, const Time& earlier) {
  __extension__ using Wide = __int128;
  const auto difference = (static_cast<Wide>(later.seconds) - earlier.seconds) * kNanosPerSecond +
                          (later.nanoseconds - earlier.nanoseconds);
  using Limits = std::numeric_limits<std::int64_t>;
  return static_cast<std::int64_t>(std::clamp<Wide>(difference, Limits::min(), Limits::max()));
}

int compare(const Time& a, const Time& b) {
  if (a.seconds != b.seconds) return a.seconds < b.seconds ? -1 : 1;
  if (a.nanoseconds != b.nanoseconds) return a.nanoseconds < b.nanoseconds ? -1 : 1;
  return 0;
}

Time truncate(const Time& time, std::int64_t nanoseconds) {
  if (nanoseconds <= 0) return time;
  return add_nanoseconds(time, -remainder(time, nanoseconds));
}

Time round(const Time& time, std::int64_t nanoseconds) {
  if (nanoseconds <= 0) return time;
  const auto rest = remainder(time, nanoseconds);
  const bool down = rest < nanoseconds - rest;
  return add_nanoseconds(time, down ? -rest : nanoseconds - rest);
}

bool is_zero(const Time& time) { return time.seconds == kYearOneSeconds && time.nanoseconds == 0; }

std::string format_time(const Time& time) { return format_time(time, "2006-01-02 15:04:05.999999999 -0700 MST"); }

std::string month_name(std::int64_t month) {
  if (month < 1 || month > 12) return "%!Month(" + std::to_string(month) + ")";
  return std::string(kMonths[static_cast<std::size_t>(month - 1)]);
}

std::string weekday_name(std::int64_t weekday) {
  if (weekday < 0 || weekday > 6) return "%!Weekday(" + std::to_string(static_cast<std::uint64_t>(weekday)) + ")";
  return std::string(kWeekdays[static_cast<std::size_t>(weekday)]);
}

}  // namespace fas::expr
