// How long something takes: a distribution of durations, as the command line and the control API spell it.
//
//   50ms               always 50 ms
//   20ms..80ms         evenly between the two
//   exp:40ms           exponential of that mean
//   lognormal:40ms,0.5 median 40 ms, sigma 0.5: the long tail that real APIs have
#pragma once

#include <string>
#include <string_view>

#include "base/duration.h"
#include "base/error.h"
#include "sim/random.h"

namespace fas::sim {

class Spread {
 public:
  Spread() = default;  // always zero
  explicit Spread(Duration fixed) : first_(fixed), text_(format_duration(fixed)) {}

  // Errors: kInvalid, naming the text and the four forms.
  static Result<Spread> parse(std::string_view text);

  // Never negative.
  Duration sample(Random& random) const;
  bool zero() const { return kind_ == Kind::kFixed && first_ == Duration::zero(); }
  const std::string& text() const { return text_; }

 private:
  enum class Kind { kFixed, kUniform, kExponential, kLogNormal };

  Kind kind_ = Kind::kFixed;
  Duration first_{0};   // fixed value, lower bound, mean or median
  Duration second_{0};  // upper bound
  double sigma_ = 0;
  std::string text_ = "0s";
};

}  // namespace fas::sim
