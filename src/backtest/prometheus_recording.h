// Recordings out of Prometheus: what the collectors of a policy would have collected.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>
#include <vector>

#include "base/error.h"
#include "config/config.h"
#include "metrics/prometheus_range.h"
#include "metrics/registry.h"
#include "scale/samples.h"

namespace fas::backtest {

struct PrometheusRecording {
  scale::Samples samples;             // a row at each step of the range
  std::vector<std::string> warnings;  // "queue_depth: 3 series, took the first"
};

// Collectors of other types are left out: nothing knows their past. Errors: none is of type prometheus; that of the
// first question that fails. Everything is by value, but for the context, which outlives the call.
boost::asio::awaitable<Result<PrometheusRecording>> record_prometheus(const metrics::SourceContext* context,
                                                                      std::vector<config::Collector> collectors,
                                                                      std::string app, metrics::TimeRange range,
                                                                      Duration timeout);

}  // namespace fas::backtest
