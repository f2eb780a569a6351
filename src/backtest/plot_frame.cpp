#include "backtest/plot_frame.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace fas::backtest {
namespace {

constexpr double kWidth = kPlotWidth - Frame::kLeft - Frame::kRight;

class Extent {
 public:
  void add(double value) {
    if (!std::isfinite(value)) return;
    low_ = std::min(low_, value);
    high_ = std::max(high_, value);
  }
  bool empty() const { return low_ > high_; }
  double low() const { return low_; }
  double high() const { return high_; }

 private:
  double low_ = std::numeric_limits<double>::infinity();
  double high_ = -std::numeric_limits<double>::infinity();
};

}  // namespace

Frame::Frame(const Plot& plot, double top) : plot_(plot), top_(top + kTop), bottom_(top + plot.height - kBottom) {
  Extent x;
  Extent y;
  for (const Line& line : plot.lines) {
    for (const Point& point : line.points) {
      x.add(point.x);
      y.add(point.y);
    }
  }
  for (const Dot& dot : plot.dots) {
    x.add(dot.at.x);
    y.add(dot.at.y);
  }
  // Quantities begin at 0, unless they are times or dots, whose differences are what matters.
  if (!x.empty()) x_range_ = {x.low(), x.high()};
  if (!y.empty()) y_range_ = {std::min(0.0, y.low()), y.high()};
  if (plot.x.kind != AxisKind::kTime) {
    const double margin = (x_range_.high - x_range_.low) * 0.05;
    x_range_ = {std::max(0.0, x_range_.low - margin), x_range_.high + margin};
  }
  if (!(x_range_.high > x_range_.low)) x_range_.high = x_range_.low + 1;
  if (!(y_range_.high > y_range_.low)) y_range_.high = y_range_.low + 1;
  y_range_.high += (y_range_.high - y_range_.low) * 0.06;
}

double Frame::x(double value) const { return kLeft + (value - x_range_.low) / (x_range_.high - x_range_.low) * kWidth; }

double Frame::y(double value) const {
  return bottom_ - (value - y_range_.low) / (y_range_.high - y_range_.low) * (bottom_ - top_);
}

std::string Frame::axes() const {
  constexpr double kRoomForMark = 30;
  constexpr int kMostAcross = 9;
  const int most_up = std::max(2, static_cast<int>((bottom_ - top_) / kRoomForMark));
  std::string text;
  for (const Mark& mark : axis_marks(plot_.y.kind, y_range_.low, y_range_.high, most_up)) {
    text += fmt::format(
        "<path class=\"rule\" d=\"M{} {:.1f}H{}\"/><text x=\"{}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>\n", kLeft,
        y(mark.at), kPlotWidth - kRight, kLeft - 8, y(mark.at) + 4, mark.label);
  }
  for (const Mark& mark : axis_marks(plot_.x.kind, x_range_.low, x_range_.high, kMostAcross)) {
    text += fmt::format(
        "<path class=\"rule\" d=\"M{0:.1f} {1:.1f}v5\"/><text x=\"{0:.1f}\" y=\"{2:.1f}\" "
        "text-anchor=\"middle\">{3}</text>\n",
        x(mark.at), bottom_, bottom_ + 19, mark.label);
  }
  if (!plot_.x.label.empty()) {
    text += fmt::format("<text x=\"{}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>\n", kPlotWidth - kRight,
                        bottom_ + 36, escaped(plot_.x.label));
  }
  if (!plot_.y.label.empty()) {
    text += fmt::format("<text x=\"{}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>\n", kPlotWidth - kRight, top_ - 8,
                        escaped(plot_.y.label));
  }
  return text;
}

}  // namespace fas::backtest
