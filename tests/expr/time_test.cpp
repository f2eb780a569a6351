// The expected values are what Go's time package gives.
#include "expr/time.h"

#include <gtest/gtest.h>

#include <limits>

#include "expr/arena.h"
#include "expr/time_layout.h"
#include "expr/zone_rule.h"

namespace fas::expr {
namespace {

Time at(std::int64_t seconds, const char* zone = "UTC", std::int32_t nanoseconds = 0) {
  return {.seconds = seconds, .nanoseconds = nanoseconds, .zone = find_zone(zone)};
}

TEST(ParseTime, ReadsByItsLayout) {
  const struct {
    const char* text;
    const char* layout;
    const char* zone;
    const char* printed;
  } cases[] = {
      {"2024-02-29", "2006-01-02", "UTC", "2024-02-29 00:00:00 +0000 UTC"},
      {"13:45:10", "15:04:05", "UTC", "0000-01-01 13:45:10 +0000 UTC"},
      {"2024-02-29T13:45:10Z", kRfc3339Layout.data(), "UTC", "2024-02-29 13:45:10 +0000 UTC"},
      {"2024-02-29T13:45:10.25Z", kRfc3339Layout.data(), "UTC", "2024-02-29 13:45:10.25 +0000 UTC"},
      {"2024-02-29T13:45:10+02:00", kRfc3339Layout.data(), "UTC", "2024-02-29 13:45:10 +0200 +0200"},
      {"2024-02-29T13:45:10+01:00", kRfc3339Layout.data(), "Europe/Zurich", "2024-02-29 13:45:10 +0100 CET"},
      {"24.11.1987 20:30", "02.01.2006 15:04", "Europe/Zurich", "1987-11-24 20:30:00 +0100 CET"},
      {"02 Jan 06 15:04 MST", "02 Jan 06 15:04 MST", "UTC", "2006-01-02 15:04:00 +0000 MST"},
      {"02 Jul 06 15:04 CEST", "02 Jan 06 15:04 MST", "Europe/Zurich", "2006-07-02 15:04:00 +0200 CEST"},
      {"Monday, 02-Jan-06 15:04:05 UTC", "Monday, 02-Jan-06 15:04:05 MST", "UTC", "2006-01-02 15:04:05 +0000 UTC"},
      {"Jan  2 3:04PM", "Jan _2 3:04PM", "UTC", "0000-01-02 15:04:00 +0000 UTC"},
      {"12:00 am", "3:04 pm", "UTC", "0000-01-01 00:00:00 +0000 UTC"},
      {"2024 060", "2006 002", "UTC", "2024-02-29 00:00:00 +0000 UTC"},
      {"jAnUaRy 68", "January 06", "UTC", "2068-01-01 00:00:00 +0000 UTC"},
      {"69", "06", "UTC", "1969-01-01 00:00:00 +0000 UTC"},
      {"10,123456789", "05,000000000", "UTC", "0000-01-01 00:00:10.123456789 +0000 UTC"},
      {"10", "05.999", "UTC", "0000-01-01 00:00:10 +0000 UTC"},
      {"+0530", "-0700", "UTC", "0000-01-01 00:00:00 +0530 +0530"},
      {"2024-03-31 02:30:00", "2006-01-02 15:04:05", "Europe/Zurich", "2024-03-31 03:30:00 +0200 CEST"},
      {"2024-10-27 02:30:00", "2006-01-02 15:04:05", "Europe/Zurich", "2024-10-27 02:30:00 +0100 CET"},
      {"2024-11-03 01:30:00", "2006-01-02 15:04:05", "America/New_York", "2024-11-03 01:30:00 -0400 EDT"},
  };
  Arena arena;
  for (const auto& c : cases) {
    const auto time = parse_time(c.text, c.layout, find_zone(c.zone), arena);
    ASSERT_TRUE(time.has_value()) << c.text << " by " << c.layout;
    EXPECT_EQ(format_time(*time), c.printed) << c.text;
  }
}

TEST(ParseTime, Refuses) {
  const struct {
    const char* text;
    const char* layout;
  } cases[] = {
      {"", "2006"},
      {"2024-13-01", "2006-01-02"},
      {"2024-02-30", "2006-01-02"},
      {"2023-02-29", "2006-01-02"},
      {"2024-00-01", "2006-01-02"},
      {"2024-1-01", "2006-01-02"},
      {"2024-02-29 ", "2006-01-02"},
      {"2024-02-29x", "2006-01-02"},
      {"24:00", "15:04"},
      {"12:60", "15:04"},
      {"13:00PM", "3:04PM"},
      {"12:00 pm", "3:04 PM"},
      {"Janet 1", "Jan 2"},
      {"abc", "MST"},
      {"Z", "-07:00"},
      {"+25:00", "Z07:00"},
      {"10", "05.000"},
      {"2023 366", "2006 002"},
      {"2024 060 03", "2006 002 01"},
  };
  Arena arena;
  for (const auto& c : cases) {
    EXPECT_FALSE(parse_time(c.text, c.layout, nullptr, arena).has_value()) << c.text << " by " << c.layout;
  }
}

TEST(FormatTime, WritesByItsLayout) {
  const auto time = at(1709214310, "Europe/Zurich", 7'000'000);  // 2024-02-29 14:45:10.007 CET
  const struct {
    const char* layout;
    const char* text;
  } cases[] = {
      {"2006-01-02T15:04:05Z07:00", "2024-02-29T14:45:10+01:00"},
      {"Mon, 2 Jan 06 3:04PM", "Thu, 29 Feb 24 2:45PM"},
      {"Monday January _2 002 __2 03 pm", "Thursday February 29 060  60 02 pm"},
      {"-07 -0700 -07:00:00 Z070000 MST", "+01 +0100 +01:00:00 +010000 CET"},
      {"5.000 5.999 5,9 .00", "10.007 10.007 10 .00"},
      {"Janet Mondays Months", "Janet Thursdays Months"},
      {"_2006 15h", "_2024 14h"},
      {"", ""},
      {"no elements", "no elements"},
  };
  for (const auto& c : cases) EXPECT_EQ(format_time(time, c.layout), c.text);
}

TEST(Civil, FarDates) {
  EXPECT_EQ(format_time(at(-62'135'596'800)), "0001-01-01 00:00:00 +0000 UTC");
  EXPECT_TRUE(is_zero(at(-62'135'596'800)));
  EXPECT_EQ(format_time(at(-62'135'596'801)), "0000-12-31 23:59:59 +0000 UTC");
  EXPECT_EQ(format_time(at(-62'167'219'201)), "-0001-12-31 23:59:59 +0000 UTC");
  EXPECT_EQ(format_time(at(253'402'300'800)), "10000-01-01 00:00:00 +0000 UTC");
  using Limits = std::numeric_limits<std::int64_t>;
  for (const auto seconds : {Limits::min(), Limits::max()}) {
    EXPECT_FALSE(format_time(add_date(at(seconds, "Europe/Zurich"), Limits::max(), Limits::min(), 1)).empty());
  }
}

TEST(AddDate, CarriesOver) {
  const auto leap_day = at(1709164800);  // 2024-02-29
  EXPECT_EQ(format_time(add_date(leap_day, 1, 0, 0)), "2025-03-01 00:00:00 +0000 UTC");
  EXPECT_EQ(format_time(add_date(leap_day, 0, 12, 1)), "2025-03-02 00:00:00 +0000 UTC");
  EXPECT_EQ(format_time(add_date(leap_day, 0, -14, 0)), "2022-12-29 00:00:00 +0000 UTC");
  EXPECT_EQ(format_time(add_date(leap_day, 0, 0, -60)), "2023-12-31 00:00:00 +0000 UTC");
}

TEST(Between, IsHeldAtTheEnds) {
  using Limits = std::numeric_limits<std::int64_t>;
  EXPECT_EQ(nanoseconds_between(at(10), at(4)), 6'000'000'000);
  EXPECT_EQ(nanoseconds_between(at(Limits::max()), at(Limits::min())), Limits::max());
  EXPECT_EQ(nanoseconds_between(at(Limits::min()), at(Limits::max())), Limits::min());
}

TEST(TruncateAndRound, CountFromTheYearOne) {
  const auto time = at(1709214310, "UTC", 500'000'000);
  constexpr std::int64_t kHour = 3'600'000'000'000;
  EXPECT_EQ(format_time(truncate(time, kHour)), "2024-02-29 13:00:00 +0000 UTC");
  EXPECT_EQ(format_time(round(time, kHour)), "2024-02-29 14:00:00 +0000 UTC");
  EXPECT_EQ(format_time(truncate(time, 7 * 24 * kHour)), "2024-02-26 00:00:00 +0000 UTC");
  EXPECT_EQ(format_time(round(time, 0)), format_time(time));
}

TEST(FindZone, KnowsPlacesOnly) {
  for (const auto* name : {"", "UTC", "Europe/Zurich", "America/New_York", "Etc/GMT+5", "Local"}) {
    EXPECT_NE(find_zone(name), nullptr) << name;
  }
  for (const auto* name : {"Nope/Nope", "../etc/passwd", "/etc/localtime", "europe/zurich/", "\\x"}) {
    EXPECT_EQ(find_zone(name), nullptr) << name;
  }
  EXPECT_EQ(find_zone("Europe/Zurich"), find_zone("Europe/Zurich"));
  EXPECT_TRUE(zone_offset(find_zone("America/New_York"), 1'720'000'000).summer);
}

TEST(ZoneOffset, FollowsTheRuleAfterTheLastListedChange) {
  const struct {
    const char* zone;
    const char* date;
    const char* shown;
  } cases[] = {
      {"Europe/Zurich", "2051-07-12", "CEST+0200"},    {"Europe/Zurich", "2051-12-12", "CET+0100"},
      {"Australia/Sydney", "2066-01-15", "AEDT+1100"}, {"Australia/Sydney", "2066-07-15", "AEST+1000"},
      {"America/New_York", "2921-06-07", "EDT-0400"},  {"Asia/Tokyo", "2051-07-12", "JST+0900"},
  };
  Arena arena;
  for (const auto& c : cases) {
    const auto time = parse_time(c.date, "2006-01-02", find_zone(c.zone), arena);
    ASSERT_TRUE(time.has_value());
    EXPECT_EQ(format_time(*time, "MST-0700"), c.shown) << c.zone;
  }
}

TEST(ZoneRule, ReadsPosixText) {
  for (const auto* text :
       {"CET-1CEST,M3.5.0,M10.5.0/3", "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", "EST5EDT,M3.2.0,M11.1.0",
        "IST-2IDT,M3.4.4/26,M10.5.0", "<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "AAA3BBB,J60/2,300/2:30"}) {
    EXPECT_TRUE(parse_zone_rule(text).has_value()) << text;
  }
  for (const auto* text : {"", "UTC0", "CET-1", "CET-1CEST", "CET-1CEST,M3.5.0", "CET-1CEST,M13.5.0,M10.5.0/3", "C1D2,",
                           "CET-1CEST,M3.5.0,M10.5.0/3x", "<+10-10,M1.1.1,M2.1.1", "TZif2"}) {
    EXPECT_FALSE(parse_zone_rule(text).has_value()) << text;
  }
}

TEST(Names, OutsideTheirRange) {
  EXPECT_EQ(month_name(13), "%!Month(13)");
  EXPECT_EQ(weekday_name(7), "%!Weekday(7)");
}

}  // namespace
}  // namespace fas::expr
