#include "control/collectors.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <utility>
#include <variant>

#include "control/log.h"
#include "net/gather.h"

namespace fas::control {

namespace asio = boost::asio;

Result<Collectors> Collectors::make(const std::vector<config::Collector>& configured,
                                    const metrics::SourceContext& context, metrics::SourcePool& pool) {
  Collectors result(context.clock);
  for (std::size_t i = 0; i < configured.size(); ++i) {
    const config::Collector& collector = configured[i];
    std::string label = fmt::format("metric-collectors[{}] ({}{})", i, collector.type,
                                    collector.origin.line > 0 ? fmt::format(", line {}", collector.origin.line) : "");
    const metrics::SourceKind* kind = metrics::find_source_kind(collector.type);
    if (kind == nullptr) return fail(ErrorKind::kInvalid, fmt::format("{}: invalid type", label));
    Result<std::shared_ptr<metrics::Source>> source = pool.get(*kind, collector.settings, context);
    if (!source) return fail_with(label, std::move(source.error()));
    result.collectors_.push_back({.metric = collector.metric_name,
                                  .label = std::move(label),
                                  .timeout = collector.settings.duration("timeout", Duration{0}),
                                  .source = std::move(*source)});
  }
  return result;
}

asio::awaitable<std::vector<scale::Observation>> Collectors::collect(std::string app, Deadline deadline,
                                                                     TimePoint fresh_from) {
  std::vector<asio::awaitable<scale::Observation>> asked;
  asked.reserve(collectors_.size());
  const metrics::Query query{.app = std::move(app), .fresh_from = fresh_from};
  for (Collector& collector : collectors_) asked.push_back(observe(collector, query, deadline));
  std::vector<scale::Observation> observations = co_await net::gather(std::move(asked));
  co_return observations;
}

asio::awaitable<scale::Observation> Collectors::observe(Collector& collector, metrics::Query query, Deadline deadline) {
  const TimePoint begin = clock_->now();
  if (collector.timeout.count() > 0) deadline = std::min(deadline, begin + collector.timeout);
  Result<metrics::Sample> sample = co_await collector.source->collect(std::move(query), deadline);
  scale::Observation observation;
  observation.metric = collector.metric;
  observation.latency = clock_->now() - begin;
  if (sample) {
    if (sample->warnings != collector.last_warnings) {
      for (const std::string& warning : sample->warnings) {
        log_warn("metric collected with a warning", {{"metric", collector.metric}, {"warning", warning}});
      }
      collector.last_warnings = std::move(sample->warnings);
    }
    observation.value = std::move(sample->value);
    observation.at = sample->at;
  } else {
    observation.value = fail_with(collector.label, std::move(sample.error()));
  }
  co_return observation;
}

}  // namespace fas::control
