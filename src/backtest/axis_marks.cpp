#include "backtest/axis_marks.h"

#include <date/date.h>
#include <fmt/format.h>

#include <array>
#include <chrono>
#include <cmath>

namespace fas::backtest {
namespace {

constexpr double kMinute = 60;
constexpr double kHour = 3600;
constexpr double kDay = 86400;
constexpr std::array kSpans = {1.0,       2.0,         5.0,         10.0,         15.0,         30.0,
                               kMinute,   2 * kMinute, 5 * kMinute, 15 * kMinute, 30 * kMinute, kHour,
                               2 * kHour, 3 * kHour,   6 * kHour,   12 * kHour,   kDay,         2 * kDay,
                               7 * kDay,  14 * kDay,   30 * kDay,   90 * kDay,    365 * kDay};

// Of the spans that people count in; below a second and beyond the list, a round number of seconds.
double span_step(double range, int most) {
  for (const double span : kSpans) {
    if (range / span <= most) return range / most < kSpans.front() / 2 ? round_step(range, most) : span;
  }
  return round_step(range, most);
}

std::string number_label(double value, double step) {
  if (value == 0) return "0";
  constexpr double kThousand = 1e3;
  constexpr double kMillion = 1e6;
  if (std::abs(value) >= kMillion) return fmt::format("{:g}M", value / kMillion);
  if (std::abs(value) >= 10 * kThousand) return fmt::format("{:g}k", value / kThousand);
  return step >= 1 ? fmt::format("{:.0f}", value) : fmt::format("{:g}", value);
}

std::string duration_label(double value) {
  if (value == 0) return "0";
  if (value < 1) return fmt::format("{:g}ms", value * 1000);
  if (value < kMinute) return fmt::format("{:g}s", value);
  const auto seconds = static_cast<long>(std::lround(value));
  std::string text;
  if (seconds >= 3600) text += fmt::format("{}h", seconds / 3600);
  if (seconds / 60 % 60 != 0) text += fmt::format("{}m", seconds / 60 % 60);
  if (seconds % 60 != 0) text += fmt::format("{}s", seconds % 60);
  return text;
}

std::string time_label(double value, double step) {
  const date::sys_seconds time{std::chrono::seconds(std::llround(value))};
  const bool is_midnight = time == date::floor<date::days>(time);
  if (step >= 365 * kDay) return date::format("%Y", time);
  if (is_midnight || step >= kDay) return date::format("%b %d", time);
  return date::format(step >= kMinute ? "%H:%M" : "%H:%M:%S", time);
}

}  // namespace

double round_step(double range, int most) {
  const double least = range / most;
  const double power = std::pow(10.0, std::floor(std::log10(least)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (power * factor >= least * (1 - 1e-9)) return power * factor;
  }
  return power * 10;
}

std::vector<Mark> axis_marks(AxisKind kind, double low, double high, int most) {
  const double step = kind == AxisKind::kNumber ? round_step(high - low, most) : span_step(high - low, most);
  std::vector<Mark> marks;
  const double first = std::ceil(low / step - 1e-9);
  for (int i = 0; i <= 2 * most; ++i) {
    const double at = (first + i) * step;
    if (at > high + step * 1e-9) break;
    std::string label = kind == AxisKind::kNumber     ? number_label(at, step)
                        : kind == AxisKind::kDuration ? duration_label(at)
                                                      : time_label(at, step);
    marks.push_back({.at = at, .label = std::move(label)});
  }
  return marks;
}

}  // namespace fas::backtest
