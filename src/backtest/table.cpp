#include "backtest/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <optional>
#include <string_view>

#include "scale/time_text.h"

namespace fas::backtest {
namespace {

using Cell = std::optional<std::string>;

struct Column {
  std::string_view name;
  Cell (*cell)(const Report& report, const Outline& outline);
};

template <class Number>
Cell known(const std::optional<Number>& number, std::string (*text)(double)) {
  return number ? Cell(text(static_cast<double>(*number))) : std::nullopt;
}

constexpr std::array kColumns = {
    Column{"machine-hours", [](const Report&, const Outline& o) { return Cell(number_text(o.machine_hours)); }},
    Column{"cost", [](const Report& r, const Outline& o) { return r.price > 0 ? Cell(cost_text(o.cost)) : Cell(); }},
    Column{"peak", [](const Report&, const Outline& o) { return Cell(std::to_string(o.peak)); }},
    Column{"events", [](const Report&, const Outline& o) { return Cell(std::to_string(o.events)); }},
    Column{"wait p50", [](const Report&, const Outline& o) { return known(o.wait_p50, wait_text); }},
    Column{"wait p95", [](const Report&, const Outline& o) { return known(o.wait_p95, wait_text); }},
    Column{"wait max", [](const Report&, const Outline& o) { return known(o.wait_max, wait_text); }},
    Column{"queue max", [](const Report&, const Outline& o) { return known(o.queue_max, number_text); }},
    Column{"over SLO", [](const Report&, const Outline& o) { return known(o.slo, share_text); }},
};

Table table_of(const Report& report, std::string_view first, const std::vector<const Outline*>& outlines) {
  Table table{.columns = {std::string(first)}, .rows = {}};
  for (const Outline* outline : outlines) table.rows.push_back({.cells = {outline->name}});
  for (const Column& column : kColumns) {
    std::vector<Cell> cells;
    cells.reserve(outlines.size());
    for (const Outline* outline : outlines) cells.push_back(column.cell(report, *outline));
    if (std::ranges::none_of(cells, [](const Cell& cell) { return cell.has_value(); })) continue;
    table.columns.emplace_back(column.name);
    for (std::size_t i = 0; i < cells.size(); ++i) table.rows[i].cells.push_back(cells[i].value_or("-"));
  }
  return table;
}

std::string text_of(const Table& table, bool has_marks) {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    std::size_t width = table.columns[i].size();
    for (const Row& row : table.rows) width = std::max(width, row.cells[i].size());
    widths.push_back(width);
  }
  const auto line = [&](const std::vector<std::string>& cells, std::string_view mark) {
    std::string text = has_marks ? fmt::format("{} ", mark) : "";
    for (std::size_t i = 0; i < cells.size(); ++i) {
      text += i == 0 ? fmt::format("{:<{}}", cells[i], widths[i]) : fmt::format("  {:>{}}", cells[i], widths[i]);
    }
    text.erase(text.find_last_not_of(' ') + 1);
    return text + '\n';
  };
  std::string text = line(table.columns, " ");
  for (const Row& row : table.rows) text += line(row.cells, row.marked ? "*" : " ");
  return text;
}

}  // namespace

Table policy_table(const Report& report) {
  std::vector<const Outline*> outlines;
  outlines.reserve(report.policies.size());
  for (const Outline& outline : report.policies) outlines.push_back(&outline);
  return table_of(report, "policy", outlines);
}

Table sweep_table(const Report& report) {
  std::vector<const Outline*> outlines;
  outlines.reserve(report.sweep.size());
  for (const SweepResult& point : report.sweep) outlines.push_back(&point.outline);
  Table table = table_of(report, "sweep", outlines);
  for (std::size_t i = 0; i < report.sweep.size(); ++i) table.rows[i].marked = report.sweep[i].front;
  return table;
}

std::vector<std::string> summary(const Report& report) {
  std::vector<std::string> lines;
  lines.push_back(fmt::format("{}: {} from {} to {}, {} ticks of {}", report.source,
                              span_text(report.end - report.begin), scale::time_text(report.begin),
                              scale::time_text(report.end), report.ticks, format_duration(report.step)));
  if (report.closed) {
    lines.push_back(fmt::format("closed loop: {} comes from a model of the queue, {:.3g} jobs a second and machine",
                                report.metric, report.service_rate));
  } else {
    lines.emplace_back("open loop: the metrics are as recorded, whatever the policy does");
  }
  lines.insert(lines.end(), report.notes.begin(), report.notes.end());
  return lines;
}

std::string text_of(const Report& report) {
  std::string text;
  for (const std::string& line : summary(report)) text += line + '\n';
  if (!report.policies.empty()) text += '\n' + text_of(policy_table(report), /*has_marks=*/false);
  if (!report.sweep.empty()) {
    text += '\n' + text_of(sweep_table(report), /*has_marks=*/true);
    text += "* none is cheaper without being slower\n";
  }
  return text;
}

}  // namespace fas::backtest
