// Jobs, the machines that work them off, and where the arrivals come from.
#include "backtest/queue_model.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <string_view>
#include <utility>

#include "backtest/csv.h"

namespace fas::backtest {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

scale::Samples csv(std::string_view text) {
  Result<scale::Samples> samples = parse_csv(text, "t.csv");
  EXPECT_TRUE(samples) << samples.error().message;
  return samples ? std::move(*samples) : scale::Samples{};
}

// `per_second` from 0 to `end`, evenly.
Arrivals even(double per_second, Duration end) {
  return Arrivals({.steps = {{.per_second = per_second}}, .end = end}, /*even=*/true, 1);
}

TEST(Waits, QuantilesAreWithinAPercent) {
  Waits waits(seconds(60));
  for (int i = 1; i <= 10'000; ++i) waits.add(milliseconds(10 * i));
  EXPECT_NEAR(waits.quantile(0.5), 50, 0.5);
  EXPECT_NEAR(waits.quantile(0.95), 95, 1);
  EXPECT_EQ(waits.max(), 100);
  EXPECT_DOUBLE_EQ(waits.late_share(), 0.4);
  EXPECT_EQ(Waits(seconds(1)).quantile(0.95), 0);
}

TEST(Waits, ZeroAndTheLongestFit) {
  Waits waits(seconds(1));
  waits.add(Duration{0});
  waits.add(Duration::max());
  EXPECT_EQ(waits.quantile(0.5), 0);
  EXPECT_NEAR(waits.quantile(1) / waits.max(), 1, 0.01);
}

TEST(QueueModel, OneWorkerWorksOffOneJobAfterTheOther) {
  QueueModel queue(even(1, seconds(10)), seconds(2), seconds(60));
  queue.add_worker(0);
  queue.advance(seconds(10));
  // Arrivals at 1, 2, ... 9; the worker begins one at 1, 3, 5, 7, 9.
  EXPECT_EQ(queue.arrived(), 9U);
  EXPECT_EQ(queue.completed(), 4U);
  EXPECT_EQ(queue.depth(), 4U);
  EXPECT_EQ(queue.deepest(), 4U);
  EXPECT_EQ(queue.waits().max(), 4);
  queue.advance(seconds(100));
  EXPECT_EQ(queue.completed(), 9U);
  EXPECT_EQ(queue.depth(), 0U);
  EXPECT_EQ(queue.waits().max(), 8);
}

TEST(QueueModel, AJobOfAWorkerThatStopsBeginsAnewAndWaitedOnce) {
  QueueModel queue(even(1, seconds(2)), seconds(5), seconds(60));
  queue.add_worker(0);
  queue.advance(seconds(3));
  EXPECT_EQ(queue.depth(), 0U);
  queue.remove_worker(0);
  EXPECT_EQ(queue.depth(), 1U);
  EXPECT_EQ(queue.requeued(), 1U);
  queue.advance(seconds(20));
  queue.add_worker(1);
  queue.advance(seconds(24));
  EXPECT_EQ(queue.completed(), 0U);
  queue.advance(seconds(25));
  EXPECT_EQ(queue.completed(), 1U);
  EXPECT_EQ(queue.waits().count(), 1U);
  EXPECT_EQ(queue.waits().max(), 0);
}

TEST(QueueModel, JobsThatAreNeverBegunCountAsWaiting) {
  QueueModel queue(even(1, seconds(10)), seconds(2), seconds(5));
  queue.advance(seconds(60));
  EXPECT_EQ(queue.count_waiting(), 9U);
  EXPECT_EQ(queue.waits().max(), 59);
  EXPECT_EQ(queue.waits().late_share(), 1);
}

// M/D/1: the mean wait in the queue is rho / (2 mu (1 - rho)).
TEST(QueueModel, RandomArrivalsWaitAsTheTheorySays) {
  const double rho = 0.8;
  const Rates rates{.steps = {{.per_second = rho}}, .end = std::chrono::hours(200)};
  QueueModel queue(Arrivals(rates, /*even=*/false, 7), seconds(1), seconds(60));
  queue.add_worker(0);
  double sum = 0;
  // Little's law: the mean depth is the mean wait times the rate.
  const int samples = 200 * 3600;
  for (int i = 1; i <= samples; ++i) {
    queue.advance(seconds(i));
    sum += static_cast<double>(queue.depth());
  }
  EXPECT_NEAR(sum / samples / rho, rho / (2 * (1 - rho)), 0.05);
}

TEST(Arrivals, FollowTheRate) {
  const Rates rates{.steps = {{.from = seconds(0), .per_second = 0},
                              {.from = seconds(100), .per_second = 10},
                              {.from = seconds(200), .per_second = 1}},
                    .end = seconds(300)};
  for (const bool is_even : {true, false}) {
    Arrivals arrivals(rates, is_even, 3);
    int counts[3] = {};
    for (; arrivals.next(); arrivals.pop()) {
      ASSERT_LT(*arrivals.next(), rates.end);
      ++counts[*arrivals.next() / seconds(100)];
    }
    EXPECT_EQ(counts[0], 0);
    EXPECT_NEAR(counts[1], 1000, is_even ? 1 : 100);
    EXPECT_NEAR(counts[2], 100, is_even ? 1 : 30);
  }
}

TEST(Rates, OfAColumnAreJobsUntilTheNextRow) {
  const auto rates = rates_of_column(csv("time,arrivals\n0,60\n60,\n120,30\n180,0\n"), "arrivals");
  ASSERT_TRUE(rates);
  ASSERT_EQ(rates->steps.size(), 4U);
  EXPECT_EQ(rates->steps[0].per_second, 1);
  EXPECT_EQ(rates->steps[1].per_second, 1) << "as before where nothing is said";
  EXPECT_EQ(rates->steps[2].per_second, 0.5);
  EXPECT_EQ(rates->end, seconds(240));
}

TEST(Rates, Refusals) {
  const auto missing = rates_of_column(csv("time,arival\n0,60\n60,1\n"), "arrival");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().message,
            "the recording has no metric \"arrival\"; did you mean \"arival\"?; it has: arival");
  EXPECT_FALSE(rates_of_column(csv("time,a\n0,-1\n60,1\n"), "a"));
  EXPECT_FALSE(rates_of_column(csv("time,a\n0,1\n"), "a"));
  EXPECT_FALSE(fit_service_rate(csv("time,a,q,started\n0,1,1,1\n60,1,1,1\n"), "q", "a"));
}

TEST(Rates, FittedFromDepthAndMachines) {
  // Two machines of 0.5 a second; the queue grows by 30 in a minute: 90 came. Then it is empty at the end.
  const auto rates = fit_rates(csv("time,q,started\n0,10,2\n60,40,2\n120,0,2\n180,0,0\n"), "q", 0.5);
  ASSERT_TRUE(rates);
  EXPECT_DOUBLE_EQ(rates->steps[0].per_second, 1.5);
  EXPECT_DOUBLE_EQ(rates->steps[1].per_second, 0) << "40 of the at most 60 were there already";
  EXPECT_DOUBLE_EQ(rates->steps[2].per_second, 0.5) << "half of what two machines can do";
  EXPECT_DOUBLE_EQ(rates->guessed, 0.5);
}

TEST(Rates, TheServiceRateIsFittedFromBusyRows) {
  std::string text = "time,q,arrivals,started\n";
  double depth = 1000;
  for (int i = 0; i < 40; ++i) {
    text += std::to_string(i * 60) + "," + std::to_string(depth) + ",200,3\n";
    depth += 200 - 3 * 60 * 1.25;
  }
  const auto rate = fit_service_rate(csv(text), "q", "arrivals");
  ASSERT_TRUE(rate) << rate.error().message;
  EXPECT_NEAR(*rate, 1.25, 1e-6);
}

}  // namespace
}  // namespace fas::backtest
