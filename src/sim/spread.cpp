#include "sim/spread.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/number.h"

namespace fas::sim {
namespace {

// A factor applied to a duration, without leaving the range of the type.
Duration scale(Duration duration, double factor) {
  const double limit = static_cast<double>(Duration::max().count()) / 2;
  return Duration(static_cast<Duration::rep>(std::min(static_cast<double>(duration.count()) * factor, limit)));
}

}  // namespace

Result<Spread> Spread::parse(std::string_view text) {
  Spread spread;
  std::string_view first = text;
  bool valid = true;
  if (text.starts_with("exp:")) {
    spread.kind_ = Kind::kExponential;
    first = text.substr(4);
  } else if (text.starts_with("lognormal:")) {
    spread.kind_ = Kind::kLogNormal;
    first = text.substr(10);
    const std::size_t comma = first.find(',');
    const auto sigma = parse_number(comma == std::string_view::npos ? "" : first.substr(comma + 1));
    valid = sigma && *sigma >= 0 && *sigma <= 10;
    spread.sigma_ = sigma.value_or(0);
    first = first.substr(0, comma);
  } else if (const std::size_t dots = text.find(".."); dots != std::string_view::npos) {
    spread.kind_ = Kind::kUniform;
    first = text.substr(0, dots);
    const auto upper = parse_duration(text.substr(dots + 2));
    valid = upper.has_value();
    spread.second_ = upper.value_or(Duration::zero());
  }
  const auto lower = parse_duration(first);
  spread.first_ = lower.value_or(Duration::zero());
  valid = valid && lower && spread.first_ >= Duration::zero() &&
          (spread.kind_ != Kind::kUniform || spread.second_ >= spread.first_);
  if (!valid) {
    return fail(ErrorKind::kInvalid,
                fmt::format("\"{}\" is no duration or spread of durations; want \"50ms\", \"20ms..80ms\", \"exp:40ms\" "
                            "or \"lognormal:40ms,0.5\"",
                            text));
  }
  spread.text_ = text;
  return spread;
}

Duration Spread::sample(Random& random) const {
  switch (kind_) {
    case Kind::kFixed: return first_;
    case Kind::kUniform: return first_ + scale(second_ - first_, random.uniform());
    case Kind::kExponential: return scale(first_, random.exponential());
    case Kind::kLogNormal: return scale(first_, std::exp(sigma_ * random.normal()));
  }
  return first_;
}

}  // namespace fas::sim
