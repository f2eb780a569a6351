// The source schedule: it needs no server, only a calendar.
#include <gtest/gtest.h>

#include "tests/metrics/settings.h"

namespace fas::metrics {
namespace {

// Wednesday, 2025-12-31T08:00:00Z.
constexpr std::int64_t kWednesdayAt8 = 1767168000;

class FixedClock final : public Clock {
 public:
  TimePoint now() const override { return {}; }
  WallTime wall_now() const override { return wall; }
  boost::asio::awaitable<void> sleep_until(TimePoint /*when*/) override { co_return; }

  WallTime wall{};
};

double at(const Settings& given, std::int64_t second) {
  const SourceKind* kind = find_source_kind("schedule");
  const Result<void> valid = validate(*kind, given);
  EXPECT_TRUE(valid) << valid.error().message;
  boost::asio::io_context loop;
  FixedClock clock;
  clock.wall = WallTime(std::chrono::seconds(second));
  test::FakeTransport http(test::always(500, ""));
  const auto source = kind->make(SourceContext{.loop = loop, .clock = clock, .http = http}, given);
  EXPECT_TRUE(source) << source.error().message;
  Query query{.app = "worker"};
  return number(test::run(loop, (*source)->collect(std::move(query), clock.now())));
}

TEST(Schedule, InsideAndOutside) {
  const Settings office = settings({{"cron", text("0 8 * * 1-5")},
                                    {"duration", Duration(std::chrono::hours(10))},
                                    {"value", 5.0},
                                    {"outside-value", 0.5}});
  EXPECT_EQ(at(office, kWednesdayAt8 - 1), 0.5);
  EXPECT_EQ(at(office, kWednesdayAt8), 5);
  EXPECT_EQ(at(office, kWednesdayAt8 + 36000 - 1), 5);
  EXPECT_EQ(at(office, kWednesdayAt8 + 36000), 0.5);
  EXPECT_EQ(at(office, kWednesdayAt8 + 3 * 86400), 0.5);  // Saturday

  Settings zurich = office;  // an hour ahead in winter
  zurich.values.insert_or_assign("time-zone", text("Europe/Zurich"));
  EXPECT_EQ(at(zurich, kWednesdayAt8 - 3600), 5);
  EXPECT_EQ(at(zurich, kWednesdayAt8 - 3601), 0.5);

  const Settings plain = settings({{"cron", text("@daily")}, {"duration", Duration(std::chrono::minutes(5))}});
  EXPECT_EQ(at(plain, kWednesdayAt8), 0);
  EXPECT_EQ(at(plain, kWednesdayAt8 - 8 * 3600), 1);
}

TEST(Schedule, Validation) {
  struct Case {
    Settings settings;
    std::string_view error;
  };
  const Duration hour = std::chrono::hours(1);
  for (const Case& c : std::initializer_list<Case>{
           {settings({{"duration", hour}}), "schedule cron required"},
           {settings({{"cron", text("@daily")}}), "schedule duration required"},
           {settings({{"cron", text("@daily")}, {"duration", Duration{0}}}),
            "schedule duration must be more than 0s and at most 744h (31 days)"},
           {settings({{"cron", text("@daily")}, {"duration", 745 * hour}}),
            "schedule duration must be more than 0s and at most 744h (31 days)"},
           {settings({{"cron", text("8")}, {"duration", hour}}),
            "schedule cron: has 1 fields, not 5; write minute, hour, day of month, month, day of week, as in \"0 8 * * "
            "1-5\""},
           {settings({{"cron", text("@daily")}, {"duration", hour}, {"time-zone", text("Mars/North")}}),
            "schedule time-zone: unknown time zone \"Mars/North\"; write one as \"Europe/Zurich\" or \"UTC\""},
       }) {
    const Result<void> valid = validate(*find_source_kind("schedule"), c.settings);
    EXPECT_EQ(valid ? "" : valid.error().message, c.error);
  }
}

}  // namespace
}  // namespace fas::metrics
