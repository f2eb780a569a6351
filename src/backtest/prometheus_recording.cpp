#include "backtest/prometheus_recording.h"

#include <cmath>
#include <limits>
#include <utility>

namespace fas::backtest {
namespace {

namespace asio = boost::asio;

// A row for each step, and no value in it.
scale::Samples empty_samples(const metrics::TimeRange& range, std::size_t columns) {
  scale::Samples samples;
  for (WallTime at = range.from; at <= range.to; at += std::chrono::duration_cast<WallTime::duration>(range.step)) {
    samples.ticks.push_back({.at = at});
  }
  samples.values.assign(samples.ticks.size() * columns, std::numeric_limits<double>::quiet_NaN());
  return samples;
}

// Servers answer with times of the steps, to the millisecond.
std::size_t row_of(WallTime at, const metrics::TimeRange& range) {
  const double steps = std::chrono::duration<double>(at - range.from) / std::chrono::duration<double>(range.step);
  return static_cast<std::size_t>(std::max(0LL, std::llround(steps)));
}

}  // namespace

asio::awaitable<Result<PrometheusRecording>> record_prometheus(const metrics::SourceContext* context,
                                                               std::vector<config::Collector> collectors,
                                                               std::string app, metrics::TimeRange range,
                                                               Duration timeout) {
  std::erase_if(collectors, [](const config::Collector& collector) { return collector.type != "prometheus"; });
  if (collectors.empty()) {
    co_return fail(ErrorKind::kInvalid, "the policy has no collector of type prometheus; record its metrics as CSV");
  }
  PrometheusRecording recording;
  recording.samples = empty_samples(range, collectors.size());
  for (std::size_t i = 0; i < collectors.size(); ++i) {
    const config::Collector& collector = collectors[i];
    recording.samples.metrics.push_back(collector.metric_name);
    metrics::Settings settings = collector.settings;
    const auto history = co_await metrics::query_range(context, std::move(settings), app, range, timeout);
    if (!history) co_return fail_with("metric " + collector.metric_name, history.error());
    if (collector.settings.has("empty-value")) {
      const double empty = collector.settings.number("empty-value", 0);
      for (std::size_t row = 0; row < recording.samples.ticks.size(); ++row) {
        recording.samples.values[row * collectors.size() + i] = empty;
      }
    }
    for (const metrics::TimedValue& value : history->values) {
      const std::size_t row = row_of(value.at, range);
      if (row < recording.samples.ticks.size()) recording.samples.values[row * collectors.size() + i] = value.value;
    }
    for (const std::string& warning : history->warnings) {
      recording.warnings.push_back(collector.metric_name + ": " + warning);
    }
  }
  co_return recording;
}

}  // namespace fas::backtest
