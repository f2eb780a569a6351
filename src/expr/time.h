// Instants and calendar, with the results of Go's time package: proleptic Gregorian, no leap seconds, arithmetic that
// wraps around beyond 64 bits instead of failing.
#pragma once

#include <cstdint>
#include <string>

#include "expr/value.h"
#include "expr/zone.h"

namespace fas::expr {

// What clock and calendar of the time's zone show.
struct CivilTime {
  std::int64_t year = 1970;
  int month = 1;     // 1 .. 12
  int day = 1;       // 1 .. 31
  int hour = 0;      // 0 .. 23
  int minute = 0;    // 0 .. 59
  int second = 0;    // 0 .. 59
  int weekday = 4;   // 0 is Sunday
  int year_day = 1;  // 1 .. 366
  ZoneOffset offset;
};

CivilTime civil(const Time& time);

// The instant of a date and clock time in `zone`. Fields outside their ranges carry over: month 13 is next January.
Time make_time(std::int64_t year, std::int64_t month, std::int64_t day, std::int64_t second_of_day,
               std::int32_t nanoseconds, const Zone* zone);

int days_in_month(std::int64_t year, int month);
bool is_leap_year(std::int64_t year);

Time add_nanoseconds(Time time, std::int64_t nanoseconds);
Time add_date(const Time& time, std::int64_t years, std::int64_t months, std::int64_t days);
std::int64_t nanoseconds_between(const Time& later, const Time& earlier);  // held at the ends of 64 bits
int compare(const Time& a, const Time& b);                                 // by instant, whatever the zones

// Down to, or to the nearest, multiple of `nanoseconds` since the year 1; unchanged when that is not positive.
Time truncate(const Time& time, std::int64_t nanoseconds);
Time round(const Time& time, std::int64_t nanoseconds);

// The year 1, what Go calls the zero time.
bool is_zero(const Time& time);

// As fmt prints it: "2024-02-29 13:45:10 +0000 UTC".
std::string format_time(const Time& time);

std::string month_name(std::int64_t month);      // "%!Month(13)" outside 1 .. 12
std::string weekday_name(std::int64_t weekday);  // "%!Weekday(7)" outside 0 .. 6

}  // namespace fas::expr
