// What a replay counts.
#include "backtest/replay.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <string_view>

#include "backtest/csv.h"
#include "backtest/resample.h"
#include "tests/config/support.h"

namespace fas::backtest {
namespace {

using std::chrono::seconds;

config::AppConfig config_of(const std::string& policy) {
  const auto config = config::test::load_yaml(
      "app-name: \"worker\"\nmetric-collectors:\n"
      "- { type: \"http\", metric-name: \"queue_depth\", url: \"http://m/depth\" }\n" +
      policy);
  EXPECT_TRUE(config) << config.error().message;
  return static_cast<const config::AppConfig&>(*config);
}

CandidatePolicy candidate_of(const std::string& policy, const Constants& constants = {}) {
  Result<CandidatePolicy> candidate = make_candidate("test", config_of(policy), constants);
  EXPECT_TRUE(candidate) << candidate.error().message;
  return std::move(*candidate);
}

scale::Samples ticks_of(std::string_view text, Duration step = seconds(15)) {
  const auto samples = parse_csv(text, "t.csv");
  EXPECT_TRUE(samples) << samples.error().message;
  return *resample(*samples, step);
}

constexpr std::string_view kStarted = "started-machine-count: \"ceil(queue_depth / 10)\"";
// A quarter of an hour at 50, then as long at 0.
constexpr std::string_view kDrop = "time,queue_depth\n0,50\n300,50\n600,50\n900,0\n1200,0\n1500,0\n1800,0\n";

TEST(Replay, CountsMachineHoursEventsAndPeak) {
  ReplayOptions options{.fleet = {.machines = 10, .started = 1, .boot_time = seconds(5), .stop_time = seconds(1)},
                        .price = 0.5};
  const auto outline = replay(candidate_of(std::string(kStarted)), ticks_of(kDrop), options);
  ASSERT_TRUE(outline) << outline.error().message;
  // One machine for 900 s, four for 895 s, five for the second in which they stop.
  EXPECT_NEAR(outline->machine_hours * 3600, 900 + 4 * 895 + 5, 1e-6);
  EXPECT_NEAR(outline->cost, outline->machine_hours * 0.5, 1e-9);
  EXPECT_EQ(outline->peak, 5);
  EXPECT_EQ(outline->events, 2);
  EXPECT_EQ(outline->moves, 9);
  EXPECT_NEAR(outline->hours * 3600, 1815, 1e-6) << "the last tick lasts as long as the others";
  EXPECT_FALSE(outline->slo);
  EXPECT_FALSE(outline->wait_p95);
}

TEST(Replay, AFixedCountRunsFromTheBeginOn) {
  const auto outline = replay(fixed_candidate(3), ticks_of(kDrop), {});
  ASSERT_TRUE(outline);
  EXPECT_NEAR(outline->machine_hours * 3600, 3 * 1815, 1e-6);
  EXPECT_EQ(outline->events, 0);
  EXPECT_EQ(outline->name, "fixed 3");
  const auto none = replay(fixed_candidate(0), ticks_of(kDrop), {});
  ASSERT_TRUE(none);
  EXPECT_EQ(none->machine_hours, 0);
}

TEST(Replay, FindsAsManyMachinesAsThePolicyAsksFor) {
  const scale::Samples ticks = ticks_of("time,queue_depth\n0,0\n60,1000\n120,1000\n");
  const auto grown = replay(candidate_of(std::string(kStarted)), ticks, {});
  ASSERT_TRUE(grown);
  EXPECT_EQ(grown->peak, 100);
  EXPECT_EQ(grown->short_ticks, 0);
  const auto fixed = replay(candidate_of(std::string(kStarted)), ticks,
                            {.fleet = {.machines = 8, .started = 1}, .fleet_may_grow = false});
  ASSERT_TRUE(fixed);
  EXPECT_EQ(fixed->peak, 8);
  EXPECT_EQ(fixed->short_ticks, 5);
}

TEST(Replay, AMetricWithoutAValueIsAFailedObservation) {
  const scale::Samples ticks = ticks_of("time,queue_depth\n0,50\n15,\n30,\n45,\n60,50\n");
  const auto held = replay(candidate_of(std::string(kStarted)), ticks, {});
  ASSERT_TRUE(held);
  EXPECT_EQ(held->blind_ticks, 3);
  std::string message;
  const auto watched = replay(candidate_of(std::string(kStarted)), ticks, {.fleet_may_grow = false},
                              [&](std::size_t, const scale::Decision& decision) {
                                if (decision.error) message = decision.error->message;
                              });
  ASSERT_TRUE(watched);
  EXPECT_EQ(message, "metric \"queue_depth\" has no value: the recording has no value of it here");
  const auto fallback =
      replay(candidate_of(std::string(kStarted) +
                          "\non-failure: { action: \"fallback\", after: 2, started-machine-count: \"9\" }"),
             ticks, {});
  ASSERT_TRUE(fallback);
  EXPECT_EQ(fallback->blind_ticks, 1);
  EXPECT_EQ(fallback->peak, 9);
}

TEST(Replay, OpenLoopKnowsTheSloWithAServiceRate) {
  ReplayOptions options{.fleet = {.machines = 10, .started = 5}, .slo = seconds(8)};
  options.load = Load{.queue_metric = "queue_depth", .service_rate = 1};
  const auto outline = replay(fixed_candidate(5), ticks_of(kDrop), options);
  ASSERT_TRUE(outline);
  ASSERT_TRUE(outline->slo);
  EXPECT_NEAR(*outline->slo, 60.0 / 121, 1e-9) << "50 jobs for 5 machines take 10 s";
}

TEST(Replay, ClosedLoopFeedsTheQueueToThePolicy) {
  ReplayOptions options{.fleet = {.machines = 20, .started = 1}, .closed = true};
  Load load{.queue_metric = "queue_depth", .service_rate = 1, .even = true};
  load.rates = {.steps = {{.per_second = 5}}, .end = seconds(1800)};
  options.load = load;
  options.trace = true;
  const scale::Samples ticks = ticks_of("time,other\n0,0\n300,0\n600,0\n900,0\n1200,0\n1500,0\n1800,0\n");
  const auto outline = replay(candidate_of(std::string(kStarted)), ticks, options);
  ASSERT_TRUE(outline) << outline.error().message;
  EXPECT_NEAR(static_cast<double>(outline->jobs), 9000, 1);
  EXPECT_GT(outline->peak, 5);
  EXPECT_GT(*outline->wait_p95, 0);
  EXPECT_GE(*outline->queue_max, 50) << "fewer jobs ask for no more than the five machines that it takes";
  EXPECT_EQ(outline->trace.running.size(), ticks.ticks.size());
  const auto again = replay(candidate_of(std::string(kStarted)), ticks, options);
  EXPECT_EQ(again->machine_hours, outline->machine_hours);
}

TEST(Replay, Refusals) {
  const scale::Samples ticks = ticks_of("time,queue_dpth\n0,50\n15,1\n");
  const auto missing = replay(candidate_of(std::string(kStarted)), ticks, {});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().message,
            "the recording has no metric \"queue_depth\"; did you mean \"queue_dpth\"?; it has: queue_dpth");
  EXPECT_TRUE(replay(candidate_of("started-machine-count: \"2\""), ticks, {})) << "a metric that nothing uses";
  EXPECT_FALSE(replay(fixed_candidate(1), {}, {}));
}

TEST(Constants, StandInTheLetThatIsThereOrInOneInFront) {
  EXPECT_EQ(with_constant("ceil(q / per)", "per", 20), "let per = 20; ceil(q / per)");
  EXPECT_EQ(with_constant("let per = 10; ceil(q / per)", "per", 20), "let per = 20; ceil(q / per)");
  EXPECT_EQ(with_constant("let least=1; let per=10 ; q / per", "per", 0.5), "let least=1; let per= 0.5; q / per");
  EXPECT_EQ(with_constant("q / persons + x.per", "per", 20), "q / persons + x.per");
}

TEST(Constants, EveryExpressionOfThePolicyTakesThem) {
  const std::string policy =
      "min-started-machine-count: \"queue_depth / per\"\nmax-started-machine-count: \"let per = 1; queue_depth / per\"";
  const scale::Samples ticks = ticks_of("time,queue_depth\n0,50\n15,50\n");
  const auto outline = replay(candidate_of(policy, {{"per", 25}}), ticks, {});
  ASSERT_TRUE(outline) << outline.error().message;
  EXPECT_EQ(outline->peak, 2);
  const auto unused = make_candidate("test", config_of(policy), {{"pre", 1}});
  ASSERT_FALSE(unused);
  EXPECT_NE(unused.error().message.find("no expression of the policy uses \"pre\""), std::string::npos);
}

TEST(Candidate, BusyMetricsAreLeftOutAndSeriesRefused) {
  const auto config = config::test::load_yaml(R"yaml(app-name: "worker"
metric-collectors:
- { type: "prometheus", metric-name: "busy", address: "http://p", query: "busy", series: true }
busy-metric: "busy"
started-machine-count: "2"
)yaml");
  ASSERT_TRUE(config) << config.error().message;
  const auto candidate = make_candidate("test", *config, {});
  ASSERT_TRUE(candidate) << candidate.error().message;
  EXPECT_TRUE(candidate->ignores_busy);
  EXPECT_FALSE(candidate->policy.busy());
  config::AppConfig series = static_cast<const config::AppConfig&>(*config);
  series.counts.min_started->text = "len(busy)";
  const auto refused = make_candidate("test", series, {});
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("metric \"busy\" has several series"), std::string::npos);
}

}  // namespace
}  // namespace fas::backtest
