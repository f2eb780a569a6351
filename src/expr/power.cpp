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

// The natural logarithm by the series in s = f / (2 + f) that Sun's fdlibm made common (and its coefficients). libm's
// own is nearer to the truth, but not the reference's.
double log_of(double x) {
  int exponent = 0;
  double f = std::frexp(x, &exponent);
  if (f < 0.70710678118654752440) {
    f *= 2;
    --exponent;
  }
  f -= 1;
  const double s = f / (2 + f);
  const double s2 = s * s;
  const double s4 = s2 * s2;
  const double odd =
      s2 * (6.666666666666735130e-01 +
            s4 * (2.857142874366239149e-01 + s4 * (1.818357216161805012e-01 + s4 * 1.479819860511658591e-01)));
  const double even = s4 * (3.999999999940941908e-01 + s4 * (2.222219843214978396e-01 + s4 * 1.531383769920937332e-01));
  const double half_square = 0.5 * f * f;
  const double k = exponent;
  constexpr double kLn2High = 6.93147180369123816490e-01;
  constexpr double kLn2Low = 1.90821492927058770002e-10;
  return k * kLn2High - ((half_square - (s * (half_square + (odd + even)) + k * kLn2Low)) - f);
}

// The exponential by Shibata's method: a sixteenth of the reduced argument through a short Taylor series, squared four
// times, as fused multiply-adds round it. |x| is at most 500 here.
double exp_of(double x) {
  constexpr double kLog2E = 1.4426950408889634073599246810018920;
  constexpr double kLn2Upper = 0.69314718055966295651160180568695068359375;
  constexpr double kLn2Lower = 0.28235290563031577122588448175013436025525412068e-12;
  constexpr double kInverseFactorials[] = {1.9841269841269841270e-4,
                                           1.3888888888888888889e-3,
                                           8.3333333333333333333e-3,
                                           4.1666666666666666667e-2,
                                           1.6666666666666666667e-1,
                                           0.5,
                                           1.0};
  const double n = std::nearbyint(x * kLog2E);
  const double reduced = std::fma(-n, kLn2Lower, std::fma(-n, kLn2Upper, x)) * 0.0625;
  double series = 2.4801587301587301587e-5;
  for (const double coefficient : kInverseFactorials) series = std::fma(series, reduced, coefficient);
  double y = reduced * series;  // e^reduced - 1
  for (int i = 0; i < 3; ++i) y *= y + 2;
  return std::ldexp(std::fma(y, y + 2, 1.0), static_cast<int>(n));
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
    start = exp_of(fraction * log_of(x));
  }
  const double result = square_and_multiply(x, whole, start);
  return y < 0 ? 1 / result : result;
}

}  // namespace fas::expr
