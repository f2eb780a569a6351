#include "backtest/resample.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <vector>

namespace fas::backtest {

Duration usual_step(const scale::Samples& samples) {
  if (samples.ticks.size() < 2) return Duration{0};
  std::vector<Duration> steps;
  steps.reserve(samples.ticks.size() - 1);
  for (std::size_t i = 1; i < samples.ticks.size(); ++i) {
    steps.push_back(samples.ticks[i].at - samples.ticks[i - 1].at);
  }
  const auto middle = steps.begin() + static_cast<std::ptrdiff_t>(steps.size() / 2);
  std::ranges::nth_element(steps, middle);
  return *middle;
}

Result<scale::Samples> resample(const scale::Samples& samples, Duration step) {
  constexpr Duration::rep kMost = 10'000'000;
  scale::Samples result;
  result.metrics = samples.metrics;
  if (samples.ticks.empty()) return result;
  const WallTime begin = samples.ticks.front().at;
  const Duration length = samples.ticks.back().at - begin;
  if (length / step >= kMost) {
    return fail(ErrorKind::kInvalid, fmt::format("{} at a step of {} are more than {} ticks; take a longer -step",
                                                 format_duration(length), format_duration(step), kMost));
  }
  const Duration valid = std::max<Duration>(std::chrono::minutes(5), 3 * usual_step(samples));
  const auto count = static_cast<std::size_t>(length / step) + 1;
  result.ticks.reserve(count);
  result.values.reserve(count * samples.metrics.size());
  std::size_t source = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const WallTime at = begin + std::chrono::duration_cast<WallTime::duration>(step * static_cast<Duration::rep>(i));
    while (source + 1 < samples.ticks.size() && samples.ticks[source + 1].at <= at) ++source;
    scale::Tick tick = samples.ticks[source];
    const bool known = at - tick.at <= valid;
    tick.at = at;
    result.ticks.push_back(tick);
    const auto row = samples.row(source);
    if (known) {
      result.values.insert(result.values.end(), row.begin(), row.end());
    } else {
      result.values.insert(result.values.end(), row.size(), std::numeric_limits<double>::quiet_NaN());
    }
  }
  return result;
}

}  // namespace fas::backtest
