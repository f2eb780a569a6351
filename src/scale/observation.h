// What was seen of one metric in one tick.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <variant>

#include "base/clock.h"
#include "base/error.h"
#include "base/series.h"

namespace fas::scale {

struct Observation {
  std::string metric;
  Result<std::variant<double, Series>> value;
  std::chrono::nanoseconds latency{0};  // of the call that asked
  std::optional<WallTime> at{};         // when the server says it was measured
};

}  // namespace fas::scale
