#include "scale/samples.h"

#include <algorithm>
#include <limits>
#include <variant>

namespace fas::scale {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

double number_of(const Observation& observation) {
  if (!observation.value) return kNone;
  const double* number = std::get_if<double>(&*observation.value);
  return number == nullptr ? kNone : *number;
}

}  // namespace

// Its place; a metric that is met for the first time had no value in the ticks before.
std::size_t Samples::column(std::string_view metric) {
  const auto found = std::ranges::find(metrics, metric);
  if (found != metrics.end()) return static_cast<std::size_t>(found - metrics.begin());
  const std::size_t width = metrics.size();
  metrics.emplace_back(metric);
  std::vector<double> wider(ticks.size() * (width + 1), kNone);
  for (std::size_t tick = 0; tick < ticks.size(); ++tick) {
    std::copy_n(values.begin() + static_cast<std::ptrdiff_t>(tick * width), width,
                wider.begin() + static_cast<std::ptrdiff_t>(tick * (width + 1)));
  }
  values = std::move(wider);
  return width;
}

void Samples::add(const Decision& decision) {
  for (const Observation& observation : decision.observations) column(observation.metric);
  ticks.push_back({.at = decision.at,
                   .created = decision.current.created,
                   .started = decision.current.started,
                   .targets = decision.targets});
  const std::size_t begin = values.size();
  values.resize(begin + metrics.size(), kNone);
  for (const Observation& observation : decision.observations) {
    values[begin + column(observation.metric)] = number_of(observation);
  }
}

void Samples::append(const Samples& later) {
  std::vector<std::size_t> places;
  places.reserve(later.metrics.size());
  for (const std::string& metric : later.metrics) places.push_back(column(metric));
  ticks.insert(ticks.end(), later.ticks.begin(), later.ticks.end());
  std::size_t begin = values.size();
  values.resize(ticks.size() * metrics.size(), kNone);
  for (std::size_t tick = 0; tick < later.ticks.size(); ++tick, begin += metrics.size()) {
    const std::span<const double> from = later.row(tick);
    for (std::size_t metric = 0; metric < places.size(); ++metric) values[begin + places[metric]] = from[metric];
  }
}

Samples Samples::between(std::optional<WallTime> since, std::optional<WallTime> until) const {
  Samples part{.metrics = metrics, .ticks = {}, .values = {}};
  for (std::size_t tick = 0; tick < ticks.size(); ++tick) {
    if ((since && ticks[tick].at < *since) || (until && ticks[tick].at > *until)) continue;
    part.ticks.push_back(ticks[tick]);
    const std::span<const double> from = row(tick);
    part.values.insert(part.values.end(), from.begin(), from.end());
  }
  return part;
}

}  // namespace fas::scale
