// The past values of a collector of type `prometheus`: what its query would have yielded at each step of a time range.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/duration.h"
#include "base/error.h"
#include "metrics/prometheus_reply.h"
#include "metrics/registry.h"

namespace fas::metrics {

struct TimeRange {
  WallTime from, to;  // both inclusive
  Duration step{0};   // at least a millisecond
};

// Servers refuse range queries that would yield more.
inline constexpr int kMostRangePoints = 11'000;

struct History {
  std::vector<TimedValue> values;  // by time; where the query yielded nothing there is none
  std::vector<std::string> warnings;
};

// Asks for at most kMostRangePoints at a time, one question after the other, each by `timeout`. Of several series the
// first counts, as at a tick, with a warning. `empty-value` is not applied. Everything is by value, but for the
// context, which outlives the call.
boost::asio::awaitable<Result<History>> query_range(const SourceContext* context, Settings settings, std::string app,
                                                    TimeRange range, Duration timeout);

}  // namespace fas::metrics
