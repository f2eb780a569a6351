// The counts that a policy asks for.
#pragma once

#include <optional>

#include "base/error.h"

namespace fas::scale {

struct Bounds {
  std::optional<int> min;
  std::optional<int> max;
  bool operator==(const Bounds&) const = default;
};

struct Targets {
  Bounds created;  // each at least 1 where it is set: the last machine is never destroyed
  Bounds started;  // each at least 0
  bool operator==(const Targets&) const = default;
};

// An expression's result as a count, as the Go program makes it: rounded half away from zero, below 0 is 0. Errors:
// "expression returned NaN", "expression returned Inf". A value beyond int is INT_MAX.
Result<int> to_count(double value);

}  // namespace fas::scale
