// The configured collectors, asked side by side.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "config/config.h"
#include "metrics/registry.h"
#include "metrics/source.h"
#include "metrics/source_pool.h"
#include "scale/observation.h"

namespace fas::control {

class Collectors {
 public:
  // Errors: kInvalid when a source cannot be made from its settings (bad PEM text, unusable address).
  // Sources are taken from the pool.
  static Result<Collectors> make(const std::vector<config::Collector>& configured,
                                 const metrics::SourceContext& context, metrics::SourcePool& pool);

  // No answer of before `fresh_from` is used again, unless a collector's `cache` says so.
  // One observation for each collector, in the configuration's order, by the deadline or the collector's own timeout,
  // whichever is sooner. An error names the collector: "metric-collectors[1] (redis): cannot reach ...".
  boost::asio::awaitable<std::vector<scale::Observation>> collect(std::string app, Deadline deadline,
                                                                  TimePoint fresh_from = {});

 private:
  struct Collector {
    std::string metric;
    std::string label;
    Duration timeout;  // 0: none of its own
    std::shared_ptr<metrics::Source> source;
    std::vector<std::string> last_warnings;  // logged already: a warning is worth a line when it is new
  };

  explicit Collectors(Clock& clock) : clock_(&clock) {}
  boost::asio::awaitable<scale::Observation> observe(Collector& collector, metrics::Query query, Deadline deadline);

  Clock* clock_;
  std::vector<Collector> collectors_;
};

}  // namespace fas::control
