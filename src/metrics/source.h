// The interface of everything that yields a number: one named metric for one app, by a deadline.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/series.h"

namespace fas::metrics {

using fas::Series;
using fas::SeriesPoint;

struct Sample {
  std::variant<double, Series> value;  // Series only where the collector says `series: true`
  std::optional<WallTime> at;          // when the server says it was measured, where it says so
  std::vector<std::string> warnings;   // "3 series, took the first"
};

// What differs from tick to tick; everything else is the source's configuration.
struct Query {
  std::string app;  // stands for $APP_NAME and ${APP_NAME} in query-like fields
  // An answer to a question that was asked before is out of date: there have been news since.
  TimePoint fresh_from{};
};

// A Source is made once from its configuration and asked every tick, for any app, possibly for many at once, on the
// loop's thread. It keeps its connection. It never answers a silent 0: no row, no series, NaN and an unreachable server
// are errors unless `empty-value` says otherwise (an unreachable server always is). The deadline ends the call, and so
// does cancelling the coroutine. Error messages name server, cause and remedy, not the collector (the caller adds
// that), and never a credential.
class Source {
 public:
  Source() = default;
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;
  virtual ~Source() = default;

  virtual boost::asio::awaitable<Result<Sample>> collect(Query query, Deadline deadline) = 0;
};

}  // namespace fas::metrics
