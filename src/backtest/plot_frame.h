// The frame of a plot: from values to places in the picture, and the axes.
#pragma once

#include <string>

#include "backtest/plot.h"

namespace fas::backtest {

class Frame {
 public:
  // Pixels around the plotting area.
  static constexpr double kLeft = 64;
  static constexpr double kRight = 20;
  static constexpr double kTop = 52;
  static constexpr double kBottom = 44;

  // `top`: of the plot, within the picture.
  Frame(const Plot& plot, double top);

  double x(double value) const;
  double y(double value) const;

  std::string axes() const;

 private:
  struct Range {
    double low = 0;
    double high = 1;
  };

  const Plot& plot_;
  double top_, bottom_;  // of the plotting area
  Range x_range_, y_range_;
};

}  // namespace fas::backtest
