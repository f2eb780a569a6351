// `group-by` of the source prometheus: one question for all apps.
#include "metrics/prometheus_groups.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <vector>

#include "metrics/source_pool.h"
#include "tests/metrics/settings.h"

namespace fas::metrics {
namespace {

using std::chrono::seconds;
using test::always;

std::string one(std::string_view labels, double value) {
  return fmt::format(R"({{"metric":{{{}}},"value":[1576800000,"{}"]}})", labels, value);
}

std::string vector(const std::string& series) {
  return fmt::format(R"({{"status":"success","data":{{"resultType":"vector","result":[{}]}}}})", series);
}

const std::string kTwoApps = vector(one(R"("app":"a")", 1) + "," + one(R"("app":"b")", 2));
const std::string kTwice = vector(one(R"("app":"a","region":"ams")", 1) + "," + one(R"("app":"b")", 2) + "," +
                                  one(R"("app":"a","region":"fra")", 3));

Settings grouped(std::initializer_list<std::pair<const std::string, FieldValue>> more = {}) {
  Settings result = settings(
      {{"address", text("http://prom:9090")}, {"query", text("sum by (app) (depth)")}, {"group-by", text("app")}});
  for (const auto& [key, value] : more) result.values.insert_or_assign(key, value);
  return result;
}

TEST(PrometheusGroups, EachAppHasItsOwnSeriesOfOneReply) {
  SourceFixture prometheus("prometheus", grouped(), always(200, kTwoApps));
  EXPECT_EQ(number(prometheus.collect("a")), 1);
  EXPECT_EQ(number(prometheus.collect("b")), 2);
  EXPECT_EQ(message(prometheus.collect("c")), "empty prometheus result");
  EXPECT_EQ(prometheus.http.requests().size(), 1U);
}

TEST(PrometheusGroups, AnAppWithoutSeriesHasTheEmptyValue) {
  SourceFixture prometheus("prometheus", grouped({{"empty-value", 7.0}}), always(200, kTwoApps));
  EXPECT_EQ(number(prometheus.collect("c")), 7);
}

TEST(PrometheusGroups, SeveralSeriesOfAnApp) {
  SourceFixture scalar("prometheus", grouped(), always(200, kTwice));
  EXPECT_TRUE(message(scalar.collect("a")).starts_with("2 series have the label app=\"a\""));
  EXPECT_EQ(number(scalar.collect("b")), 2) << "the others are none the worse";
  SourceFixture series("prometheus", grouped({{"series", true}}), always(200, kTwice));
  const auto sample = series.collect("a");
  ASSERT_TRUE(sample) << sample.error().message;
  const auto& points = std::get<Series>(sample->value);
  ASSERT_EQ(points.size(), 2U);
  EXPECT_EQ(points[0].labels.at("region"), "ams");
  EXPECT_EQ(points[1].value, 3);
}

TEST(PrometheusGroups, AReplyWithoutTheLabelIsAnErrorEvenWithAnEmptyValue) {
  SourceFixture prometheus("prometheus", grouped({{"empty-value", 0.0}}), always(200, vector(one("", 5))));
  EXPECT_NE(message(prometheus.collect("a")).find("no series has the label app"), std::string::npos);
}

TEST(PrometheusGroups, NewsAreWorthAnotherQuestionUnlessACacheIsWanted) {
  for (const bool cached : {false, true}) {
    Settings given = cached ? grouped({{"cache", Duration(seconds(30))}}) : grouped();
    SourceFixture prometheus("prometheus", given, always(200, kTwoApps));
    prometheus.collect("a");
    prometheus.clock.run_for(seconds(1));
    for (const char* app : {"b", "a"}) {
      Query query{.app = app, .fresh_from = prometheus.clock.now()};
      number(test::run(prometheus.loop,
                       prometheus.source->collect(std::move(query), prometheus.clock.now() + seconds(10))));
    }
    EXPECT_EQ(prometheus.http.requests().size(), cached ? 1U : 2U);
  }
}

TEST(PrometheusGroups, AReplyIsUsedForItsTime) {
  struct Case {
    Settings given;
    Duration time;
  };
  for (const Case& each :
       {Case{grouped(), kGroupFreshness}, Case{grouped({{"cache", Duration(seconds(30))}}), seconds(30)}}) {
    SourceFixture prometheus("prometheus", each.given, always(200, kTwoApps));
    prometheus.collect("a");
    prometheus.clock.run_for(each.time - std::chrono::milliseconds(1));
    prometheus.collect("b");
    EXPECT_EQ(prometheus.http.requests().size(), 1U);
    prometheus.clock.run_for(std::chrono::milliseconds(1));
    prometheus.collect("b");
    EXPECT_EQ(prometheus.http.requests().size(), 2U);
  }
}

TEST(PrometheusGroups, AnErrorIsNotKept) {
  SourceFixture prometheus("prometheus", grouped({{"empty-value", 0.0}}), always(503, "down"));
  EXPECT_FALSE(prometheus.collect("a"));
  EXPECT_FALSE(prometheus.collect("b"));
  EXPECT_EQ(prometheus.http.requests().size(), 2U);
}

TEST(PrometheusGroups, TheQueryMustNotNameTheApp) {
  const SourceKind& kind = *find_source_kind("prometheus");
  EXPECT_TRUE(validate(kind, grouped()));
  for (const char* query : {"depth{app=\"$APP_NAME\"}", "${APP_NAME}"}) {
    const auto valid = validate(kind, grouped({{"query", text(query)}}));
    ASSERT_FALSE(valid);
    EXPECT_NE(valid.error().message.find("must not name $APP_NAME"), std::string::npos);
  }
  EXPECT_FALSE(validate(kind, grouped({{"group-by", text("")}})));
}

// Through the pool, as the daemon has it: its own sharing must not hand one app another's number.
TEST(PrometheusGroups, AThousandAppsCostOneRequest) {
  constexpr int kApps = 1000;
  std::string series;
  for (int i = 0; i < kApps; ++i) series += (i == 0 ? "" : ",") + one(fmt::format(R"("app":"app-{}")", i), i);
  boost::asio::io_context loop;
  test::VirtualClock clock(loop);
  test::FakeTransport http(always(200, vector(series)));
  SourcePool pool;
  const auto source = pool.get(*find_source_kind("prometheus"), grouped({{"cache", Duration(seconds(5))}}),
                               {.loop = loop, .clock = clock, .http = http});
  ASSERT_TRUE(source);
  std::vector<double> values(kApps, -1);
  for (int i = 0; i < kApps; ++i) {
    boost::asio::co_spawn(loop, (*source)->collect({.app = fmt::format("app-{}", i)}, clock.now() + seconds(10)),
                          [&value = values[static_cast<std::size_t>(i)]](std::exception_ptr, Result<Sample> sample) {
                            value = number(sample);
                          });
  }
  clock.run_until([] { return false; });
  for (int i = 0; i < kApps; ++i) EXPECT_EQ(values[static_cast<std::size_t>(i)], i);
  EXPECT_EQ(http.requests().size(), 1U);
}

}  // namespace
}  // namespace fas::metrics
