// Many numbers made one.
#pragma once

#include <cstdint>
#include <string_view>

#include "metrics/reading.h"

namespace fas::metrics {

enum class Aggregate : std::uint8_t { kSum, kMax, kMin, kAvg, kCount };

// "sum", "max", "min", "avg", "count"; anything else is a sum.
Aggregate parse_aggregate(std::string_view text);

// One point, as old as the oldest that went into it; none of none, so that an absent metric is never a silent 0. A NaN
// makes every result but the count NaN.
Reading aggregate(Reading reading, Aggregate how);

}  // namespace fas::metrics
