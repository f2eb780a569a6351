#include "expr/power.h"

#include <cmath>
#include <cstdint>
#include <limits>

namespace fas::expr {
namespace {

bool is_odd_integer(double x) {
  if (std::fabs(x) >= 9007199254740992.0) return false;  // from 2^53 on every double is even
  const double whole = std::trunc(x);
  return whole == x && (static_cast<std::int64_t>(whole) & 1) == 1;
}

double power_of_zero(double x, double y) {
  const bool negative = std::signbit(x) && is_odd_integer(y);
  const double result = y < 0 ? std::numeric_limits<double>::infinity() : 0.0;
  return negative ? -result : result;
}

double power_to_infinity(double x, double y) {
  if (x == -1) return 1;
  const bool shrinks = (std::fabs(x) < 1) == (y > 0);
  return shrinks ? 0 : std::numeric_limits<double>::infinity();
}

double power_of_infinity(double x, double y) {
  if (x < 0) {
    // As (-0) to the power of -y.
    return power_of_zero(-0.0, -y);
  }
  return y < 0 ? 0 : std::numeric_limits<double>::infinity();
}

// By repeated squaring of the fraction, its exponent kept apart so that nothing overflows on the way.
double square_and_multiply(double x, double whole, double start) {
  double result = start;
  std::int64_t result_exponent = 0;
  int exponent = 0;
  double factor = std::frexp(x, &exponent);
  std::int64_t factor_exponent = exponent;
  for (auto i = static_cast<std::int64_t>(whole); i != 0; i >>= 1) {
    if (factor_exponent < -(1 << 12) || factor_exponent > (1 << 12)) {
      result_exponent += factor_exponent;  // beyond what a double holds, whatever follows
      break;
    }
    if ((i & 1) == 1) {
      result *= factor;
      result_exponent += factor_exponent;
    }
    factor *= factor;
    factor_exponent *= 2;
    if (factor < 0.5) {
      factor += factor;
      --factor_exponent;
    }
  }
  return std::ldexp(result, static_cast<int>(result_exponent));
}

}  // namespace

double power_of(double x, double y) {
  if (y == 0 || x == 1) return 1;
  if (y == 1) return x;
  if (std::isnan(x) || std::isnan(y)) return std::numeric_limits<double>::quiet_NaN();
  if (x == 0) return power_of_zero(x, y);
  if (std::isinf(y)) return power_to_infinity(x, y);
  if (std::isinf(x)) return power_of_infinity(x, y);
  if (y == 0.5) return std::sqrt(x);
  if (y == -0.5) return 1 / std::sqrt(x);
  double whole = 0;
  double fraction = std::modf(std::fabs(y), &whole);
  if (fraction != 0 && x < 0) return std::numeric_limits<double>::quiet_NaN();
  if (whole >= 9.223372036854775808e18) {
    // Too far for any x but one next to 1.
    if (x == -1) return 1;
    return (std::fabs(x) < 1) == (y > 0) ? 0 : std::numeric_limits<double>::infinity();
  }
  double start = 1;
  if (fraction != 0) {
    if (fraction > 0.5) {
      fraction -= 1;
      whole += 1;
    }
    start = std::exp(fraction * std::log(x));
  }
  const double result = square_and_multiply(x, whole, start);
  return y < 0 ? 1 / result : result;
}

}  // namespace fas::expr
