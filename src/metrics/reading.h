// From what a server said to the metric: the rules that every source shares.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/duration.h"
#include "base/error.h"
#include "metrics/registry.h"
#include "metrics/source.h"

namespace fas::metrics {

// The common fields, read once.
struct CommonOptions {
  bool series = false;
  std::optional<double> empty_value;
  std::optional<Duration> max_age;
  std::shared_ptr<const net::TlsSettings> tls;  // null: the defaults
};

CommonOptions common_options(const Settings& settings);

struct ReadPoint {
  SeriesPoint point;           // labels are filled only where the options say `series`
  std::optional<WallTime> at;  // when it was measured, where the server says so
};

struct Reading {
  std::vector<ReadPoint> points;
  std::vector<std::string> warnings;
};

// One number, or with `series` all of them. NaN counts as no value, and so does no point at all: `empty_message` is
// then the error (kNotFound), unless there is an empty value, which with `series` is one point without labels. Of
// several points where one is asked for the first is taken, with a warning. A value older than max-age is an error; of
// a series, the old and NaN points are left out with a warning, and only when all are is that an error.
Result<Sample> to_sample(Reading reading, const CommonOptions& options, WallTime now, std::string_view empty_message);

}  // namespace fas::metrics
