// When jobs arrive: a rate that changes with the recording, and the arrivals drawn from it.
#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <string_view>
#include <vector>

#include "base/duration.h"
#include "base/error.h"
#include "scale/samples.h"

namespace fas::backtest {

// From `from` (since the recording's begin) until the next one.
struct RateStep {
  Duration from{0};
  double per_second = 0;
};

struct Rates {
  std::vector<RateStep> steps;  // by time, the first at 0
  Duration end{0};              // none arrive from here on
  double guessed = 0;           // the share of the time for which the recording does not tell the rate
};

// Of a column that holds, for each row, how many jobs arrive until the next one; a row without a value counts as the
// one before. The last row lasts as long as the one before it.
Result<Rates> rates_of_column(const scale::Samples& samples, std::string_view column);

// From a queue's recorded depth and the machines that worked on it at `service_rate` jobs a second each: what came is
// what the queue grew by and what was worked off. Where the queue was empty at either end of a row, the machines may
// have been idle; half of what they could have done is taken then, and counts as guessed.
Result<Rates> fit_rates(const scale::Samples& samples, std::string_view depth_column, double service_rate);

// Jobs a second that one machine works off, by a recording that knows arrivals, depth and machines: the median of the
// rows at whose both ends jobs waited. Errors: a column is missing, or there are fewer than 10 such rows.
Result<double> fit_service_rate(const scale::Samples& samples, std::string_view depth_column,
                                std::string_view arrivals_column);

// The same for the same seed on every machine.
class Arrivals {
 public:
  // `even`: at equal distances of the rate's integral; else a Poisson process.
  Arrivals(Rates rates, bool even, std::uint64_t seed);

  // When the next job arrives; nullopt: none does.
  std::optional<Duration> next() const { return next_; }
  void pop();

 private:
  double draw();

  Rates rates_;
  bool even_;
  std::mt19937_64 random_;
  std::size_t step_ = 0;
  double now_ = 0;  // seconds, of the arrival drawn last
  std::optional<Duration> next_;
};

}  // namespace fas::backtest
