#include "serve/sample_json.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

namespace fas::serve {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

double target_of(const scale::Tick& tick, scale::Bounds scale::Targets::* axis,
                 std::optional<int> scale::Bounds::* end) {
  if (!tick.targets) return kNone;
  const std::optional<int>& count = (*tick.targets).*axis.*end;
  return count ? *count : kNone;
}

}  // namespace

double unix_seconds(WallTime at) {
  return std::round(std::chrono::duration<double, std::milli>(at.time_since_epoch()).count()) / 1000;
}

std::vector<Bucket> buckets_of(std::span<const scale::Tick> ticks, std::size_t points) {
  std::vector<Bucket> buckets;
  if (ticks.empty() || points == 0) return buckets;
  const WallTime first = ticks.front().at;
  const auto span = ticks.back().at - first + WallTime::duration(1);
  const bool thin = ticks.size() > points;
  std::size_t of_before = 0;
  for (std::size_t tick = 0; tick < ticks.size(); ++tick) {
    const double share = static_cast<double>((ticks[tick].at - first).count()) / static_cast<double>(span.count());
    const auto place = thin ? static_cast<std::size_t>(share * static_cast<double>(points)) : tick;
    if (buckets.empty() || place != of_before) buckets.push_back({.begin = tick, .end = tick});
    buckets.back().end = tick + 1;
    of_before = place;
  }
  return buckets;
}

Json sample_columns(const scale::Samples& samples, std::size_t points) {
  const std::vector<Bucket> buckets = buckets_of(samples.ticks, points);
  const auto column = [&](auto value) {
    Json list = Json::array();
    for (const Bucket& bucket : buckets) list.push_back(greatest(bucket, value));
    return list;
  };
  const std::vector<scale::Tick>& ticks = samples.ticks;
  Json json = {{"at", Json::array()}, {"metrics", Json::object()}};
  for (const Bucket& bucket : buckets) json["at"].push_back(unix_seconds(ticks[bucket.begin].at));
  for (std::size_t metric = 0; metric < samples.metrics.size(); ++metric) {
    json["metrics"][samples.metrics[metric]] = column([&](std::size_t tick) { return samples.row(tick)[metric]; });
  }
  json["created"] = column([&](std::size_t tick) -> double { return ticks[tick].created; });
  json["started"] = column([&](std::size_t tick) -> double { return ticks[tick].started; });
  using scale::Bounds;
  using scale::Targets;
  const auto targets = [&](Bounds Targets::* axis, std::optional<int> Bounds::* end) {
    return column([&ticks, axis, end](std::size_t tick) { return target_of(ticks[tick], axis, end); });
  };
  json["min_created"] = targets(&Targets::created, &Bounds::min);
  json["max_created"] = targets(&Targets::created, &Bounds::max);
  json["min_started"] = targets(&Targets::started, &Bounds::min);
  json["max_started"] = targets(&Targets::started, &Bounds::max);
  return json;
}

}  // namespace fas::serve
