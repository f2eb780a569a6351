#include "metrics/aggregate.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace fas::metrics {
namespace {

double sum(const std::vector<ReadPoint>& points) {
  double total = 0;
  for (const ReadPoint& read : points) total += read.point.value;
  return total;
}

double combine(const std::vector<ReadPoint>& points, Aggregate how) {
  const auto count = static_cast<double>(points.size());
  if (how == Aggregate::kCount) return count;
  constexpr auto kValue = [](const ReadPoint& read) { return read.point.value; };
  if (std::ranges::any_of(points, [](double value) { return std::isnan(value); }, kValue)) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  if (how == Aggregate::kMax) return std::ranges::max(points, {}, kValue).point.value;
  if (how == Aggregate::kMin) return std::ranges::min(points, {}, kValue).point.value;
  return how == Aggregate::kAvg ? sum(points) / count : sum(points);
}

}  // namespace

Aggregate parse_aggregate(std::string_view text) {
  if (text == "max") return Aggregate::kMax;
  if (text == "min") return Aggregate::kMin;
  if (text == "avg") return Aggregate::kAvg;
  return text == "count" ? Aggregate::kCount : Aggregate::kSum;
}

Reading aggregate(Reading reading, Aggregate how) {
  if (reading.points.empty()) return reading;
  std::optional<WallTime> oldest;
  for (const ReadPoint& read : reading.points) {
    if (read.at) oldest = std::min(oldest.value_or(*read.at), *read.at);
  }
  const double value = combine(reading.points, how);
  return {.points = {{.point = {.labels = {}, .value = value}, .at = oldest}}, .warnings = std::move(reading.warnings)};
}

}  // namespace fas::metrics
