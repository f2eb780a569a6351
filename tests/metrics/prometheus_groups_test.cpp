// `group-by` of the source prometheus: one question for all apps.
#include "metrics/prometheus_groups.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <optional>
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

// Answers after a second, with the number of the call as app a's value.
class SlowFetch final : public SharedGroups::Fetch {
 public:
  explicit SlowFetch(Clock& clock) : clock_(clock) {}
  boost::asio::awaitable<Result<Groups>> fetch(Deadline deadline) override {
    const int call = ++calls;
    const TimePoint ready = clock_.now() + seconds(1);
    co_await clock_.sleep_until(std::min(ready, deadline));
    if (deadline < ready) co_return fail(ErrorKind::kTimeout, "too slow");
    Groups groups;
    groups["a"].points.resize(1);
    groups["a"].points[0].point.value = call;
    co_return groups;
  }
  int calls = 0;

 private:
  Clock& clock_;
};

class SharedGroupsTest : public testing::Test {
 protected:
  struct Ask {
    std::optional<Result<std::shared_ptr<const Groups>>> answer;
    boost::asio::cancellation_signal cancel;
    double value() const { return answer && *answer ? (**answer)->at("a").points[0].point.value : -1; }
  };
  void begin(Ask& ask, Duration limit) {
    boost::asio::co_spawn(
        loop_, shared_.get(&fetch_, clock_.now() + limit),
        boost::asio::bind_cancellation_slot(
            ask.cancel.slot(), [&ask](std::exception_ptr failure, Result<std::shared_ptr<const Groups>> groups) {
              if (failure == nullptr) ask.answer.emplace(std::move(groups));
            }));
  }
  void run() {
    clock_.run_until([] { return false; });
  }

  boost::asio::io_context loop_;
  test::VirtualClock clock_{loop_};
  SharedGroups shared_{loop_.get_executor(), clock_, seconds(5)};
  SlowFetch fetch_{clock_};
};

TEST_F(SharedGroupsTest, WhoHasMoreTimeThanTheAskerAsksAgain) {
  Ask hasty;
  std::vector<Ask> patient(3);
  begin(hasty, std::chrono::milliseconds(500));
  for (Ask& ask : patient) begin(ask, seconds(10));
  run();
  ASSERT_TRUE(hasty.answer);
  EXPECT_EQ(hasty.answer->error().message, "too slow");
  for (const Ask& ask : patient) EXPECT_EQ(ask.value(), 2);
  EXPECT_EQ(fetch_.calls, 2) << "one of those who waited asks for all of them";
}

TEST_F(SharedGroupsTest, WhoHasLessTimeWaitsNoLonger) {
  Ask hasty, patient;
  begin(patient, seconds(10));
  begin(hasty, std::chrono::milliseconds(500));
  run();
  ASSERT_TRUE(hasty.answer);
  EXPECT_EQ(hasty.answer->error().kind, ErrorKind::kTimeout);
  EXPECT_EQ(patient.value(), 1);
  EXPECT_EQ(fetch_.calls, 1);
}

TEST_F(SharedGroupsTest, ThoseWhoWaitOutliveTheCancelledAsker) {
  Ask asker, waiter;
  begin(asker, seconds(10));
  begin(waiter, seconds(10));
  clock_.run_for(std::chrono::milliseconds(500));
  asker.cancel.emit(boost::asio::cancellation_type::terminal);
  run();
  EXPECT_FALSE(asker.answer);
  EXPECT_EQ(waiter.value(), 2);
}

TEST_F(SharedGroupsTest, AWaiterThatIsCancelledLeavesTheCallAlone) {
  Ask asker, waiter;
  begin(asker, seconds(10));
  begin(waiter, seconds(10));
  clock_.run_for(std::chrono::milliseconds(500));
  waiter.cancel.emit(boost::asio::cancellation_type::terminal);
  run();
  EXPECT_FALSE(waiter.answer);
  EXPECT_EQ(asker.value(), 1);
  EXPECT_EQ(fetch_.calls, 1);
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
