#include "backtest/pictures.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "backtest/table.h"

namespace fas::backtest {
namespace {

constexpr std::size_t kStretches = 800;  // of a line; more cannot be seen

struct CostAxis {
  std::string label;
  double (*of)(const Outline& outline);
};

CostAxis cost_axis(const Report& report) {
  if (report.price > 0) return {"cost", [](const Outline& o) { return o.cost; }};
  return {"machine-hours", [](const Outline& o) { return o.machine_hours; }};
}

// What waiting is measured by: p95 of a closed loop, else the share over the SLO.
bool knows_waits(const Outline& outline) { return outline.wait_p95.has_value() || outline.slo.has_value(); }
double wait_of(const Outline& outline) { return outline.wait_p95.value_or(outline.slo.value_or(0) * 100); }

Plot sweep_plot(const Report& report) {
  const CostAxis cost = cost_axis(report);
  const bool has_waits = report.sweep.front().outline.wait_p95.has_value();
  Plot plot{.title = fmt::format("{} against {}", report.price > 0 ? "Cost" : "Machine-hours",
                                 has_waits ? "waiting" : "time over the SLO"),
            .x = {.label = cost.label},
            .y = {.label = has_waits ? "wait p95" : "% over SLO",
                  .kind = has_waits ? AxisKind::kDuration : AxisKind::kNumber},
            .height = 380};
  Line front{.name = "none is cheaper without being slower"};
  for (const SweepResult& point : report.sweep) {
    const Point at{.x = cost.of(point.outline), .y = wait_of(point.outline)};
    plot.dots.push_back({.at = at, .label = name_of(point.constants), .strong = point.front});
    if (point.front) front.points.push_back(at);
  }
  std::ranges::sort(front.points, {}, &Point::x);
  std::ranges::stable_partition(plot.dots, [](const Dot& dot) { return !dot.strong; });
  plot.lines.push_back(std::move(front));
  int colour = 1;
  for (const Outline& outline : report.policies) {
    if (!knows_waits(outline)) continue;
    plot.dots.push_back({.at = {.x = cost.of(outline), .y = wait_of(outline)},
                         .label = outline.name,
                         .strong = true,
                         .colour = colour++});
  }
  return plot;
}

Plot time_plot(const Report& report, std::string title, const std::string& unit, std::vector<float> Trace::* values,
               bool stepped) {
  Plot plot{.title = std::move(title), .x = {.label = "UTC", .kind = AxisKind::kTime}, .y = {.label = unit}};
  for (const Outline& outline : report.policies) {
    plot.lines.push_back({.name = outline.name,
                          .points = thin_out(outline.trace.*values, report.times, kStretches),
                          .stepped = stepped});
  }
  return plot;
}

// Of an open loop there is one for all policies.
Plot recorded_plot(const Report& report) {
  Plot plot{.title = report.metric + ", as recorded", .x = {.label = "UTC", .kind = AxisKind::kTime}, .height = 220};
  plot.lines.push_back({.name = "", .points = thin_out(report.policies.front().trace.depth, report.times, kStretches)});
  return plot;
}

bool has_depth(const Report& report) {
  const Outline& outline = report.policies.front();
  return std::ranges::any_of(outline.trace.depth, [](float value) { return !std::isnan(value); });
}

std::string html_table(const Table& table) {
  std::string text = "<div class=\"wide\"><table>\n<thead><tr>";
  for (const std::string& column : table.columns) text += fmt::format("<th scope=\"col\">{}</th>", escaped(column));
  text += "</tr></thead>\n<tbody>\n";
  for (const Row& row : table.rows) {
    text += row.marked ? "<tr class=\"front\">" : "<tr>";
    for (std::size_t i = 0; i < row.cells.size(); ++i) {
      text += i == 0 ? fmt::format("<th scope=\"row\">{}</th>", escaped(row.cells[i]))
                     : fmt::format("<td>{}</td>", escaped(row.cells[i]));
    }
    text += "</tr>\n";
  }
  return text + "</tbody></table></div>\n";
}

constexpr std::string_view kPageStyle = R"css(
body{margin:0 auto;max-width:980px;padding:28px 20px 60px;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif}
:root{color-scheme:light dark}
h1{font-size:22px;margin:0 0 4px}h2{font-size:16px;margin:34px 0 8px}
p{margin:2px 0;color:var(--soft)}
.wide{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{padding:6px 10px;text-align:right;border-bottom:1px solid var(--rule);white-space:nowrap;font-weight:400}
th:first-child{text-align:left}thead th{color:var(--soft);font-size:13px}
tr.front th,tr.front td{font-weight:600}
svg{display:block;width:100%;height:auto;margin-top:12px}
)css";

}  // namespace

std::vector<Plot> plots_of(const Report& report) {
  std::vector<Plot> plots;
  if (!report.sweep.empty() && knows_waits(report.sweep.front().outline)) plots.push_back(sweep_plot(report));
  if (report.policies.empty() || report.policies.front().trace.running.empty()) return plots;
  plots.push_back(time_plot(report, "Machines running", "machines", &Trace::running, /*stepped=*/true));
  if (report.closed) {
    plots.push_back(time_plot(report, "Jobs waiting", "jobs", &Trace::depth, /*stepped=*/false));
  } else if (has_depth(report)) {
    plots.push_back(recorded_plot(report));
  }
  return plots;
}

std::string html_of(const Report& report) {
  const std::string title = escaped("Backtest of " + report.app);
  std::string text = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n<title>{0}</title>\n"
      "<style>{1}{2}</style>\n</head>\n<body>\n<h1>{0}</h1>\n",
      title, plot_style(), kPageStyle);
  for (const std::string& line : summary(report)) text += fmt::format("<p>{}</p>\n", escaped(line));
  if (!report.policies.empty()) text += "<h2>Policies</h2>\n" + html_table(policy_table(report));
  for (const Plot& plot : plots_of(report)) text += svg_of(std::span(&plot, 1), /*standalone=*/false);
  if (!report.sweep.empty()) {
    text += "<h2>Sweep</h2>\n<p>In bold: none is cheaper without being slower.</p>\n" + html_table(sweep_table(report));
  }
  return text + "</body>\n</html>\n";
}

std::string svg_of(const Report& report) {
  const std::vector<Plot> plots = plots_of(report);
  return svg_of(plots, /*standalone=*/true);
}

}  // namespace fas::backtest
