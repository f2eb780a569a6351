#include "backtest/waits.h"

#include <algorithm>
#include <cmath>

namespace fas::backtest {

double Waits::value_of(std::size_t bucket) {
  if (bucket < kParts) return static_cast<double>(bucket);
  const auto shift = static_cast<int>(bucket / kParts) - 1;
  const auto base = static_cast<double>(kParts + bucket % kParts);
  return std::ldexp(base + 0.5, shift);
}

double Waits::quantile(double q) const {
  if (count_ == 0) return 0;
  const auto rank = static_cast<std::uint64_t>(std::ceil(q * static_cast<double>(count_)));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < buckets_.size(); ++i) {
    seen += buckets_[i];
    if (seen >= std::max<std::uint64_t>(rank, 1)) return std::min(value_of(i) / 1e9, max());
  }
  return max();
}

}  // namespace fas::backtest
