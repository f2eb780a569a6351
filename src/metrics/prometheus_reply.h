// The JSON that Prometheus' query API answers with.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "metrics/reading.h"

namespace fas::metrics {

struct TimedValue {
  WallTime at;
  double value = 0;
};

// What a range query yields: its series, each by time.
struct RangeReading {
  std::vector<std::vector<TimedValue>> series;
  std::vector<std::string> warnings;
};

// Reads replies one after the other and keeps its buffers between them. Not for several threads at once.
class PrometheusReplyParser {
 public:
  PrometheusReplyParser();
  PrometheusReplyParser(const PrometheusReplyParser&) = delete;
  PrometheusReplyParser& operator=(const PrometheusReplyParser&) = delete;
  ~PrometheusReplyParser();

  // The samples of a successful reply: of a vector or matrix all series (of a matrix the last sample of each), of a
  // scalar or string one. Labels are read only with `with_labels`. The server's own warnings become the reading's.
  // Errors: kMalformed for anything else than such a reply, garbage included; kInvalid with the server's words for
  // {"status":"error"}. `body` should have 64 bytes of spare capacity, else it is copied.
  Result<Reading> parse(const std::string& body, bool with_labels);

  // All samples of a matrix; errors likewise.
  Result<RangeReading> parse_range(const std::string& body);

  // "bad_data: parse error at char 3: ..." of a {"status":"error"} reply; empty when `body` is none.
  std::string error_text(const std::string& body);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fas::metrics
