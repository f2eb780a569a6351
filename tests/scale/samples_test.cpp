#include "scale/samples.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <string>

namespace fas::scale {
namespace {

WallTime at(int second) { return WallTime(std::chrono::seconds(second)); }

Decision decision(int second, std::vector<Observation> observations, int started = 0) {
  Decision made;
  made.at = at(second);
  made.current.started = started;
  made.observations = std::move(observations);
  return made;
}

Observation number(std::string metric, double value) { return {.metric = std::move(metric), .value = value}; }
Observation failed(std::string metric) {
  return {.metric = std::move(metric), .value = fail(ErrorKind::kUnavailable, "no")};
}
Observation series(std::string metric) { return {.metric = std::move(metric), .value = Series{{}}}; }

std::string text(const Samples& samples) {
  std::string all;
  for (std::size_t tick = 0; tick < samples.ticks.size(); ++tick) {
    all += std::to_string(samples.ticks[tick].at.time_since_epoch() / std::chrono::seconds(1)) + ":";
    for (std::size_t metric = 0; metric < samples.metrics.size(); ++metric) {
      const double value = samples.row(tick)[metric];
      all += samples.metrics[metric] + "=" + (std::isnan(value) ? "-" : std::to_string(static_cast<int>(value))) + " ";
    }
  }
  return all;
}

TEST(Samples, ARowPerTickAndAColumnPerMetric) {
  Samples samples;
  samples.add(decision(1, {number("a", 1), number("b", 2)}, 4));
  samples.add(decision(2, {number("a", 3), failed("b")}));
  samples.add(decision(3, {series("a"), number("b", 4)}));
  EXPECT_EQ(text(samples), "1:a=1 b=2 2:a=3 b=- 3:a=- b=4 ");
  EXPECT_EQ(samples.ticks[0].started, 4);
}

TEST(Samples, MetricsThatComeAndGoWithAReload) {
  Samples samples;
  samples.add(decision(1, {number("a", 1)}));
  samples.add(decision(2, {number("b", 2)}));
  samples.add(decision(3, {number("b", 3), number("a", 4)}));
  EXPECT_EQ(text(samples), "1:a=1 b=- 2:a=- b=2 3:a=4 b=3 ");
}

TEST(Samples, WithoutMetrics) {
  Samples samples;
  samples.add(decision(1, {}));
  samples.add(decision(2, {number("a", 2)}));
  EXPECT_EQ(text(samples), "1:a=- 2:a=2 ");
}

TEST(Samples, AppendPutsColumnsTogetherByName) {
  Samples samples;
  samples.add(decision(1, {number("a", 1), number("b", 2)}));
  Samples later;
  later.add(decision(2, {number("b", 3), number("c", 4)}));
  samples.append(later);
  EXPECT_EQ(text(samples), "1:a=1 b=2 c=- 2:a=- b=3 c=4 ");
}

TEST(Samples, BetweenIncludesBothEnds) {
  Samples samples;
  for (int second = 1; second <= 5; ++second) samples.add(decision(second, {number("a", second)}));
  EXPECT_EQ(text(samples.between(at(2), at(4))), "2:a=2 3:a=3 4:a=4 ");
  EXPECT_EQ(text(samples.between({}, at(1))), "1:a=1 ");
  EXPECT_EQ(text(samples.between(at(6), {})), "");
}

}  // namespace
}  // namespace fas::scale
