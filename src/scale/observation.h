// What was seen of one metric in one tick.
#pragma once

#include <chrono>
#include <string>

#include "base/error.h"
#include "expr/value.h"

namespace fas::scale {

struct Observation {
  std::string metric;
  Result<expr::Value> value;            // a float, or an array of {labels, value}
  std::chrono::nanoseconds latency{0};  // of the call that asked
};

}  // namespace fas::scale
