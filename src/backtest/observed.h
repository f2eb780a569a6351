// The observations of each tick: what the recording has, and of a closed loop the queue's depth.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "scale/observation.h"
#include "scale/policy.h"
#include "scale/samples.h"

namespace fas::backtest {

class Observed {
 public:
  // Errors: kNotFound for a metric that an expression uses and the recording does not have; `fed` need not be there.
  static Result<Observed> make(const scale::Policy& policy, const scale::Samples& samples, const std::string& fed);

  // Valid until the next call. `fed` is the value of the fed metric.
  std::span<const scale::Observation> row(std::size_t row, double fed);

 private:
  static constexpr std::size_t kFed = static_cast<std::size_t>(-1);
  static constexpr std::size_t kMissing = static_cast<std::size_t>(-2);

  explicit Observed(const scale::Samples& samples) : samples_(&samples) {}

  const scale::Samples* samples_;
  std::vector<std::size_t> columns_;  // of the samples, by observation
  std::vector<scale::Observation> observations_;
};

}  // namespace fas::backtest
