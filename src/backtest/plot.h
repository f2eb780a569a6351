// Plots as SVG: thin lines and dots over quiet axes, in colours for light and dark surroundings. A picture is
// self-contained and well-formed XML.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "backtest/axis_marks.h"

namespace fas::backtest {

struct Axis {
  std::string label;
  AxisKind kind = AxisKind::kNumber;
};

struct Point {
  double x = 0;
  double y = 0;  // NaN: a gap in a line
};

// One line of a plot; its colour is that of its place among the plot's lines, kColours of them.
struct Line {
  std::string name;
  std::vector<Point> points;  // x rising
  bool stepped = false;       // a value holds until the next one
};

struct Dot {
  Point at;
  std::string label;
  bool strong = false;  // on the front: in colour, and labelled where there is room
  int colour = 0;
};

struct Plot {
  std::string title;
  Axis x, y;
  std::vector<Line> lines;
  std::vector<Dot> dots;
  int height = 260;  // of the whole, in pixels
};

inline constexpr int kPlotWidth = 960;
inline constexpr int kColours = 6;

// The plots below each other, as one picture; for a page of its own with `standalone`, else to stand within HTML that
// has plot_style().
std::string svg_of(std::span<const Plot> plots, bool standalone);

// The style sheet that the pictures' classes refer to.
std::string_view plot_style();

// Of a value for each tick, what can be seen of it in a plot: for each of `most` stretches the smallest and the
// largest. `times` are the points' x.
std::vector<Point> thin_out(std::span<const float> values, std::span<const double> times, std::size_t most);

// `text` for XML and HTML.
std::string escaped(std::string_view text);

}  // namespace fas::backtest
