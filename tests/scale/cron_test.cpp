#include "base/cron.h"

#include <date/tz.h>
#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <string_view>

#include "scale/time_text.h"

namespace fas::scale {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

struct Case {
  std::string_view name;
  std::string_view cron;
  std::string_view zone;
  std::string_view now;
  std::string_view last;  // within three days; empty: none
};

TEST(Cron, TheLastTimeThatMatches) {
  for (const Case& c : std::initializer_list<Case>{
           {"every minute", "* * * * *", "UTC", "2026-03-04T10:20:30Z", "2026-03-04T10:20:00.000Z"},
           {"itself", "20 10 * * *", "UTC", "2026-03-04T10:20:00Z", "2026-03-04T10:20:00.000Z"},
           {"the day before", "30 10 * * *", "UTC", "2026-03-04T10:20:00Z", "2026-03-03T10:30:00.000Z"},
           {"steps", "*/15 * * * *", "UTC", "2026-03-04T10:44:00Z", "2026-03-04T10:30:00.000Z"},
           {"a range with steps", "5-59/10 * * * *", "UTC", "2026-03-04T10:24:00Z", "2026-03-04T10:15:00.000Z"},
           {"lists", "0 8,12,18 * * *", "UTC", "2026-03-04T13:00:00Z", "2026-03-04T12:00:00.000Z"},
           {"working days, on a Sunday", "0 8 * * 1-5", "UTC", "2026-03-08T12:00:00Z", "2026-03-06T08:00:00.000Z"},
           {"names", "0 8 * MAR mon", "UTC", "2026-03-04T12:00:00Z", "2026-03-02T08:00:00.000Z"},
           {"7 is Sunday", "0 8 * * 7", "UTC", "2026-03-09T07:00:00Z", "2026-03-08T08:00:00.000Z"},
           {"day of month or of week", "0 0 1 * mon", "UTC", "2026-03-04T12:00:00Z", "2026-03-02T00:00:00.000Z"},
           {"no such day", "0 0 30 2 *", "UTC", "2026-03-04T12:00:00Z", ""},
           {"too long ago", "0 0 1 1 *", "UTC", "2026-03-04T12:00:00Z", ""},
           {"@daily", "@daily", "UTC", "2026-03-04T12:00:00Z", "2026-03-04T00:00:00.000Z"},
           {"a zone in winter", "0 8 * * *", "Europe/Zurich", "2026-01-10T12:00:00Z", "2026-01-10T07:00:00.000Z"},
           {"and in summer", "0 8 * * *", "Europe/Zurich", "2026-07-10T12:00:00Z", "2026-07-10T06:00:00.000Z"},
           {"an hour that does not exist begins when it would have", "30 2 * * *", "Europe/Zurich",
            "2026-03-29T12:00:00Z", "2026-03-29T01:00:00.000Z"},
           {"an hour that comes twice begins with the first", "30 2 * * *", "Europe/Zurich", "2026-10-25T12:00:00Z",
            "2026-10-25T00:30:00.000Z"},
           {"between the two of them", "30 2 * * *", "Europe/Zurich", "2026-10-25T00:45:00Z",
            "2026-10-25T00:30:00.000Z"},
           {"a day has begun there already", "0 0 * * *", "Pacific/Auckland", "2026-07-10T13:00:00Z",
            "2026-07-10T12:00:00.000Z"},
       }) {
    const Result<Cron> cron = Cron::parse(c.cron);
    ASSERT_TRUE(cron) << c.name << ": " << cron.error().message;
    const auto last = cron->last(*parse_time(c.now), hours(72), *date::locate_zone(std::string(c.zone)));
    EXPECT_EQ(last ? time_text(*last) : "", c.last) << c.name;
  }
}

TEST(Cron, BadTextsSayWhichField) {
  for (const auto& [text, want] :
       std::initializer_list<std::pair<std::string_view, std::string_view>>{{"", "has 0 fields"},
                                                                            {"0 8 * *", "has 4 fields"},
                                                                            {"60 * * * *", "\"60\" as minute"},
                                                                            {"* 24 * * *", "\"24\" as hour"},
                                                                            {"* * 0 * *", "\"0\" as day of month"},
                                                                            {"* * * 13 *", "\"13\" as month"},
                                                                            {"* * * * 8", "\"8\" as day of week"},
                                                                            {"5-1 * * * *", "\"5-1\" as minute"},
                                                                            {"*/0 * * * *", "\"*/0\" as minute"},
                                                                            {"1,,2 * * * *", "\"1,,2\" as minute"},
                                                                            {"x * * * *", "\"x\" as minute"}}) {
    const Result<Cron> cron = Cron::parse(text);
    ASSERT_FALSE(cron) << text;
    EXPECT_NE(cron.error().message.find(want), std::string::npos) << cron.error().message;
  }
}

// Against the plain way: look at every minute.
TEST(Cron, AgreesWithAWalkOverTheMinutes) {
  const date::time_zone& zone = *date::locate_zone("America/New_York");
  const Cron cron = *Cron::parse("*/20 1-3 * * 0,3");
  const WallTime begin = *parse_time("2026-03-06T00:00:00Z");  // over the change of 8 March
  std::optional<WallTime> walked;
  for (WallTime at = begin; at < begin + hours(24 * 7); at += minutes(1)) {
    const auto local = zone.to_local(std::chrono::floor<std::chrono::seconds>(at));
    const auto day = date::floor<date::days>(local);
    const auto minute = std::chrono::duration_cast<minutes>(local - day).count();
    const auto weekday = date::weekday(day).c_encoding();
    const bool in_hours = minute >= 60 && minute < 4 * 60 && minute % 20 == 0;
    if (in_hours && (weekday == 0 || weekday == 3)) walked = at;
    if (!walked) continue;
    const auto last = cron.last(at, hours(24 * 8), zone);
    ASSERT_TRUE(last);
    // Hours that the change swallows are taken to begin with it.
    if (*last != *walked) {
      ASSERT_EQ(time_text(*last), "2026-03-08T07:00:00.000Z") << time_text(at);
    }
  }
}

}  // namespace
}  // namespace fas::scale
