#include "scale/targets.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace fas::scale {

Result<int> to_count(double value) {
  if (std::isnan(value)) return fail(ErrorKind::kInvalid, "expression returned NaN");
  if (std::isinf(value)) return fail(ErrorKind::kInvalid, "expression returned Inf");
  constexpr double kMost = std::numeric_limits<int>::max();
  return static_cast<int>(std::clamp(std::round(value), 0.0, kMost));
}

}  // namespace fas::scale
