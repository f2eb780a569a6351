#include "metrics/reading.h"

#include <gtest/gtest.h>

#include <limits>

#include "metrics/aggregate.h"
#include "tests/metrics/settings.h"

namespace fas::metrics {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr WallTime kNow{std::chrono::hours(480'000)};

ReadPoint point(double value, std::optional<std::chrono::seconds> age = {}, std::string app = "a") {
  ReadPoint read{.point = {.labels = {{"app", std::move(app)}}, .value = value}, .at = {}};
  if (age) read.at = kNow - *age;
  return read;
}

TEST(ToSample, OneNumber) {
  using std::chrono::seconds;
  struct Case {
    std::string_view name;
    std::vector<ReadPoint> points;
    CommonOptions options;
    std::optional<double> value;
    std::string_view words;  // the error, or the only warning
  };
  const CommonOptions zero{.empty_value = 0};
  const CommonOptions minute{.max_age = seconds(60)};
  const CommonOptions minute_or_zero{.empty_value = 0, .max_age = seconds(60)};
  for (const Case& c : std::initializer_list<Case>{
           {"one", {point(3)}, {}, 3, ""},
           {"several",
            {point(3), point(4)},
            {},
            3,
            "2 series, took the first; aggregate them in the query, or set series"},
           {"none", {}, {}, {}, "nothing there"},
           {"none, empty value", {}, zero, 0, ""},
           {"NaN", {point(kNan)}, {}, {}, "the value is NaN, which is no number"},
           {"NaN, empty value", {point(kNan)}, zero, 0, ""},
           {"infinity is a value", {point(HUGE_VAL)}, zero, HUGE_VAL, ""},
           {"young enough", {point(3, seconds(60))}, minute, 3, ""},
           {"too old",
            {point(3, seconds(190))},
            minute,
            {},
            "the newest value was measured 3m10s ago, longer than max-age 1m0s"},
           {"too old is not empty",
            {point(3, seconds(61))},
            minute_or_zero,
            {},
            "the newest value was measured 1m1s ago, longer than max-age 1m0s"},
           {"age unknown", {point(3)}, minute, 3, ""},
           {"measured in the future", {point(3, seconds(-5))}, minute, 3, ""},
       }) {
    const auto sample = to_sample({.points = c.points, .warnings = {}}, c.options, kNow, "nothing there");
    ASSERT_EQ(sample.has_value(), c.value.has_value()) << c.name;
    if (!sample) {
      EXPECT_EQ(sample.error().message, c.words) << c.name;
      continue;
    }
    EXPECT_EQ(number(sample), *c.value) << c.name;
    std::vector<std::string> warnings;
    if (!c.words.empty()) warnings.emplace_back(c.words);
    EXPECT_EQ(sample->warnings, warnings) << c.name;
  }
}

TEST(ToSample, SeriesKeepsLabelsAndLeavesOutWhatIsNoNumber) {
  using std::chrono::seconds;
  const CommonOptions options{.series = true, .max_age = seconds(60)};
  const auto sample = to_sample({.points = {point(1, seconds(5), "a"), point(2, seconds(90), "b"),
                                            point(kNan, seconds(1), "c"), point(4, seconds(7), "d")},
                                 .warnings = {"partial"}},
                                options, kNow, "nothing there");
  ASSERT_TRUE(sample) << sample.error().message;
  const auto& series = std::get<Series>(sample->value);
  ASSERT_EQ(series.size(), 2U);
  EXPECT_EQ(series[0].labels.at("app"), "a");
  EXPECT_EQ(series[1].value, 4);
  EXPECT_EQ(sample->at, kNow - seconds(1));
  EXPECT_EQ(sample->warnings, (std::vector<std::string>{"partial", "left out 1 series older than max-age",
                                                        "left out 1 series whose value is NaN"}));
}

TEST(ToSample, EmptySeries) {
  const CommonOptions plain{.series = true};
  EXPECT_EQ(message(to_sample({}, plain, kNow, "nothing there")), "nothing there");
  EXPECT_EQ(message(to_sample({.points = {point(kNan)}, .warnings = {}}, plain, kNow, "nothing there")),
            "every value is NaN, which is no number");
  const auto sample = to_sample({}, {.series = true, .empty_value = 5}, kNow, "nothing there");
  ASSERT_TRUE(sample);
  const auto& series = std::get<Series>(sample->value);
  ASSERT_EQ(series.size(), 1U);
  EXPECT_TRUE(series[0].labels.empty());
  EXPECT_EQ(series[0].value, 5);
}

TEST(CommonOptions, FromSettings) {
  const CommonOptions none = common_options({});
  EXPECT_FALSE(none.series);
  EXPECT_FALSE(none.empty_value || none.max_age || none.tls);
  auto tls = std::make_shared<const Settings>(settings({{"ca", text("/ca.pem")}, {"insecure-skip-verify", true}}));
  const CommonOptions all = common_options(
      settings({{"series", true}, {"empty-value", 2.0}, {"max-age", Duration(std::chrono::seconds(9))}, {"tls", tls}}));
  EXPECT_TRUE(all.series);
  EXPECT_EQ(all.empty_value, 2);
  EXPECT_EQ(all.max_age, std::chrono::seconds(9));
  ASSERT_NE(all.tls, nullptr);
  EXPECT_EQ(all.tls->ca, "/ca.pem");
  EXPECT_TRUE(all.tls->insecure_skip_verify);
}

TEST(Aggregate, Table) {
  using std::chrono::seconds;
  const Reading reading{.points = {point(3, seconds(5)), point(-1, seconds(9)), point(4)}, .warnings = {}};
  const std::map<std::string_view, double> expected = {{"sum", 6}, {"max", 4}, {"min", -1}, {"avg", 2}, {"count", 3}};
  for (const auto& [name, value] : expected) {
    const Reading result = aggregate(reading, parse_aggregate(name));
    ASSERT_EQ(result.points.size(), 1U);
    EXPECT_EQ(result.points[0].point.value, value) << name;
    EXPECT_EQ(result.points[0].at, kNow - seconds(9)) << name;
    EXPECT_TRUE(aggregate({}, parse_aggregate(name)).points.empty()) << name;
    const Reading nan = aggregate({.points = {point(1), point(kNan)}, .warnings = {}}, parse_aggregate(name));
    EXPECT_EQ(std::isnan(nan.points.at(0).point.value), name != "count") << name;
  }
}

}  // namespace
}  // namespace fas::metrics
