#include "backtest/plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>

#include "backtest/plot_frame.h"

namespace fas::backtest {
namespace {

constexpr double kDotRadius = 3.5;
constexpr double kLabelRoom = 46;  // between two labels of dots

std::string path_of(const Line& line, const Frame& frame) {
  std::string path;
  std::optional<double> last_y;
  for (const Point& point : line.points) {
    if (std::isnan(point.y)) {
      last_y.reset();
      continue;
    }
    const double x = frame.x(point.x);
    const double y = frame.y(point.y);
    if (!last_y) {
      path += fmt::format("M{:.1f} {:.1f}", x, y);
    } else if (line.stepped) {
      path += fmt::format("H{:.1f}", x);
      if (y != *last_y) path += fmt::format("V{:.1f}", y);
    } else {
      path += fmt::format("L{:.1f} {:.1f}", x, y);
    }
    last_y = y;
  }
  return path;
}

std::string legend_of(const Plot& plot, double top) {
  std::string text;
  double x = Frame::kLeft;
  for (std::size_t i = 0; i < plot.lines.size(); ++i) {
    if (plot.lines[i].name.empty()) continue;
    constexpr double kSwatch = 18;
    constexpr double kLetter = 6.6;
    text += fmt::format(
        "<path class=\"line c{}\" d=\"M{:.1f} {:.1f}h{}\"/><text class=\"note\" x=\"{:.1f}\" y=\"{:.1f}\">{}</text>\n",
        i % kColours, x, top - 4, kSwatch, x + kSwatch + 6, top, escaped(plot.lines[i].name));
    x += kSwatch + 24 + kLetter * static_cast<double>(plot.lines[i].name.size());
  }
  return text;
}

std::string dots_of(const Plot& plot, const Frame& frame) {
  std::string text;
  std::vector<Point> labelled;
  for (const Dot& dot : plot.dots) {
    const double x = frame.x(dot.at.x);
    const double y = frame.y(dot.at.y);
    text += fmt::format("<circle class=\"{}\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{}\"><title>{}</title></circle>\n",
                        dot.strong ? fmt::format("dot f{}", dot.colour % kColours) : "faint", x, y,
                        dot.strong ? kDotRadius : kDotRadius - 1, escaped(dot.label));
    const bool crowded = std::ranges::any_of(
        labelled, [&](const Point& other) { return std::abs(other.x - x) < kLabelRoom && std::abs(other.y - y) < 14; });
    if (!dot.strong || crowded) continue;
    labelled.push_back({.x = x, .y = y});
    const bool leftwards = x > kPlotWidth - Frame::kRight - 80;
    text += fmt::format("<text class=\"note\" x=\"{:.1f}\" y=\"{:.1f}\"{}>{}</text>\n", leftwards ? x - 7 : x + 7,
                        y - 6, leftwards ? " text-anchor=\"end\"" : "", escaped(dot.label));
  }
  return text;
}

std::string body_of(const Plot& plot, double top) {
  const Frame frame(plot, top);
  std::string text = fmt::format("<text class=\"title\" x=\"{}\" y=\"{:.1f}\">{}</text>\n", Frame::kLeft, top + 18,
                                 escaped(plot.title));
  text += legend_of(plot, top + 38);
  text += frame.axes();
  for (std::size_t i = 0; i < plot.lines.size(); ++i) {
    const std::string path = path_of(plot.lines[i], frame);
    if (!path.empty()) text += fmt::format("<path class=\"line c{}\" d=\"{}\"/>\n", i % kColours, path);
  }
  return text + dots_of(plot, frame);
}

}  // namespace

std::string svg_of(std::span<const Plot> plots, bool standalone) {
  int height = 0;
  std::string body;
  for (const Plot& plot : plots) {
    body += body_of(plot, height);
    height += plot.height;
  }
  std::string label;
  for (const Plot& plot : plots) label += (label.empty() ? "" : "; ") + plot.title;
  std::string text = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"plot\" viewBox=\"0 0 {0} {1}\"{2} role=\"img\" "
      "aria-label=\"{3}\">\n",
      kPlotWidth, height, standalone ? fmt::format(" width=\"{}\" height=\"{}\"", kPlotWidth, height) : "",
      escaped(label));
  if (standalone) {
    text += fmt::format("<style>{}</style>\n<rect class=\"paper\" width=\"100%\" height=\"100%\"/>\n", plot_style());
  }
  return text + body + "</svg>\n";
}

std::vector<Point> thin_out(std::span<const float> values, std::span<const double> times, std::size_t most) {
  std::vector<Point> points;
  const auto add = [&](std::size_t i) { points.push_back({.x = times[i], .y = static_cast<double>(values[i])}); };
  if (values.size() <= 2 * most) {
    for (std::size_t i = 0; i < values.size(); ++i) add(i);
    return points;
  }
  for (std::size_t part = 0; part < most; ++part) {
    const std::size_t begin = part * values.size() / most;
    const std::size_t end = (part + 1) * values.size() / most;
    std::optional<std::size_t> low;
    std::optional<std::size_t> high;
    for (std::size_t i = begin; i < end; ++i) {
      if (std::isnan(values[i])) continue;
      if (!low || values[i] < values[*low]) low = i;
      if (!high || values[i] > values[*high]) high = i;
    }
    if (!low) {
      add(begin);
      continue;
    }
    add(std::min(*low, *high));
    if (*low != *high) add(std::max(*low, *high));
  }
  return points;
}

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    switch (c) {
      case '&': result += "&amp;"; break;
      case '<': result += "&lt;"; break;
      case '>': result += "&gt;"; break;
      case '"': result += "&quot;"; break;
      default: result += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
    }
  }
  return result;
}

std::string_view plot_style() {
  return R"css(
.plot,:root{--paper:#fff;--ink:#1c2430;--soft:#66707f;--rule:#e6e9ee;--k0:#2962c8;--k1:#c2571a;--k2:#1a8a6b;--k3:#8a4fbf;--k4:#b3273f;--k5:#7a7a1f}
@media (prefers-color-scheme:dark){.plot,:root{--paper:#14181f;--ink:#e8ebf0;--soft:#97a1b0;--rule:#2a313c;--k0:#7aa7f7;--k1:#f0a06a;--k2:#5fcfae;--k3:#c39af0;--k4:#f08497;--k5:#cfcf72}}
.plot{color-scheme:light dark}
.plot text{font:12px system-ui,-apple-system,"Segoe UI",sans-serif;fill:var(--soft)}
.plot .title{font-size:14px;font-weight:600;fill:var(--ink)}
.plot .paper{fill:var(--paper)}
.plot .rule{stroke:var(--rule);stroke-width:1;fill:none}
.plot .line{fill:none;stroke-width:1.4;stroke-linejoin:round}
.plot .faint{fill:var(--soft);fill-opacity:.45}
.plot .c0{stroke:var(--k0)}.plot .c1{stroke:var(--k1)}.plot .c2{stroke:var(--k2)}
.plot .c3{stroke:var(--k3)}.plot .c4{stroke:var(--k4)}.plot .c5{stroke:var(--k5)}
.plot .f0{fill:var(--k0)}.plot .f1{fill:var(--k1)}.plot .f2{fill:var(--k2)}
.plot .f3{fill:var(--k3)}.plot .f4{fill:var(--k4)}.plot .f5{fill:var(--k5)}
)css";
}

}  // namespace fas::backtest
