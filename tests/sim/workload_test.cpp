#include "sim/workload.h"

#include <gtest/gtest.h>

namespace fas::sim {
namespace {

using namespace std::chrono_literals;

Workload make(const char* profile, double service_rate = 1, bool even = false) {
  return Workload({.profile = *Profile::parse(profile), .service_rate = service_rate, .even = even}, Random(7));
}

TEST(Workload, EvenArrivalsKeepTheirDistanceAcrossSteps) {
  Workload work = make("constant:4", 1, /*even=*/true);
  std::vector<Duration> times;
  for (Duration t{0}; t < 2s; t += 100ms) {
    for (const Duration at : work.arrivals(t, t + 100ms)) times.push_back(at);
  }
  ASSERT_EQ(times.size(), 7U);  // at 0.25, 0.5, ... 1.75
  for (std::size_t i = 0; i < times.size(); ++i)
    EXPECT_NEAR(static_cast<double>(times[i].count()), 0.25e9 * static_cast<double>(i + 1), 10);
}

TEST(Workload, RandomArrivalsHaveTheRateOfTheProfile) {
  Workload work = make("constant:50");
  std::size_t count = 0;
  for (Duration t{0}; t < 1000s; t += 100ms) count += work.arrivals(t, t + 100ms).size();
  EXPECT_NEAR(static_cast<double>(count), 50'000, 1000);  // more than four deviations
}

TEST(Workload, JobsWaitInOrderAndAreWorkedOff) {
  Workload work = make("none", 2);
  for (int i = 0; i < 3; ++i) work.arrive(Duration(1s) * i);
  EXPECT_TRUE(work.assign(3s).empty());
  EXPECT_EQ(work.depth(), 3U);
  EXPECT_EQ(work.oldest_wait(4s), 4s);

  work.add_worker(1);
  const auto begun = work.assign(4s);
  ASSERT_EQ(begun.size(), 1U);
  EXPECT_EQ(begun[0].done, 4500ms);
  EXPECT_EQ(work.totals().wait_max, 4);
  work.finish(1, begun[0].run);
  EXPECT_EQ(work.totals().completions, 1U);
  EXPECT_EQ(work.assign(4500ms).size(), 1U);
  EXPECT_EQ(work.depth(), 1U);
  EXPECT_EQ(work.totals().wait_sum, 4 + 3.5);
  EXPECT_EQ(work.totals().peak_depth, 3U);
}

TEST(Workload, AJobWhoseMachineStopsGoesBackToTheFrontAndIsDoneOnce) {
  Workload work = make("none");
  work.add_worker(1);
  work.arrive(0s);
  const auto first = work.assign(0s);
  work.arrive(1s);
  work.remove_worker(1);
  EXPECT_EQ(work.totals().requeued, 1U);
  EXPECT_EQ(work.depth(), 2U);
  work.add_worker(1);
  const auto second = work.assign(2s);
  ASSERT_EQ(second.size(), 1U);
  work.finish(1, first[0].run);  // of the run that was broken off
  EXPECT_EQ(work.totals().completions, 0U);
  work.finish(1, second[0].run);
  EXPECT_EQ(work.totals().completions, 1U);
  EXPECT_EQ(work.totals().begun, 1U) << "the second run of a job is no second wait";
}

TEST(Workload, WaitsAreCountedByBucket) {
  Workload work = make("none");
  for (std::uint32_t i = 0; i < 3; ++i) work.add_worker(i);
  work.arrive(0s);
  work.assign(100ms);
  work.arrive(0s);
  work.assign(101ms);
  work.arrive(0s);
  work.assign(601s);
  EXPECT_EQ(work.totals().wait_buckets.front(), 1U);
  EXPECT_EQ(work.totals().wait_buckets[1], 1U);
  EXPECT_EQ(work.totals().wait_buckets.back(), 1U);
}

}  // namespace
}  // namespace fas::sim
