// Samples as columns for charts, thinned out to what a screen can show.
#pragma once

#include <cstddef>
#include <limits>
#include <optional>
#include <span>
#include <vector>

#include "scale/samples.h"
#include "serve/reply.h"

namespace fas::serve {

// Ticks [begin, end) that one point stands for: equal spans of time, so that a gap stays one.
struct Bucket {
  std::size_t begin, end;
};
std::vector<Bucket> buckets_of(std::span<const scale::Tick> ticks, std::size_t points);

// {"at": [unix seconds], "metrics": {"name": [...]}, "created": [...], ...}. A point shows each column's greatest value
// among its ticks: what a chart must not hide is a peak.
Json sample_columns(const scale::Samples& samples, std::size_t points);

// The greatest of `value(tick)` over the bucket as JSON; null where there is none. `value` gives NaN for nothing.
template <class Value>
Json greatest(Bucket bucket, Value value) {
  double most = std::numeric_limits<double>::quiet_NaN();
  for (std::size_t tick = bucket.begin; tick < bucket.end; ++tick) {
    const double one = value(tick);
    if (!(one <= most)) most = one == one ? one : most;
  }
  return most == most && most - most == 0 ? Json(most) : Json(nullptr);
}

double unix_seconds(WallTime at);

}  // namespace fas::serve
