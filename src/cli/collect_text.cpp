#include "cli/collect_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <vector>

#include "base/duration.h"

namespace fas::cli {
namespace {

using Row = std::array<std::string, 5>;

std::string point_text(const SeriesPoint& point) {
  std::string labels;
  for (const auto& [name, value] : point.labels)
    labels += fmt::format("{}{}={}", labels.empty() ? "" : ",", name, value);
  return fmt::format("{{{}}} {}", labels, point.value);
}

// The first few points; more would be a screen full.
std::string series_text(const Series& series) {
  constexpr std::size_t kMost = 3;
  std::string text = fmt::format("{} series", series.size());
  const std::size_t shown = std::min(series.size(), kMost);
  for (std::size_t i = 0; i < shown; ++i) text += (i == 0 ? ": " : "; ") + point_text(series[i]);
  return shown < series.size() ? text + "; ..." : text;
}

std::string value_text(const scale::Observation& observation) {
  if (!observation.value) return "error";
  if (const double* number = std::get_if<double>(&*observation.value)) return fmt::format("{}", *number);
  return series_text(std::get<Series>(*observation.value));
}

std::string age_text(const scale::Observation& observation, WallTime now) {
  if (!observation.value || !observation.at) return "-";
  return format_duration(std::chrono::floor<std::chrono::seconds>(std::max<Duration>(now - *observation.at, {})));
}

std::string latency_text(std::chrono::nanoseconds latency) {
  const auto milliseconds = std::chrono::duration<double, std::milli>(latency).count();
  return milliseconds < 1000 ? fmt::format("{:.1f}ms", milliseconds) : fmt::format("{:.2f}s", milliseconds / 1000);
}

std::string table(const std::vector<Row>& rows) {
  std::array<std::size_t, std::tuple_size_v<Row>> widths{};
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const Row& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) line += fmt::format("{:<{}}  ", row[i], widths[i]);
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + '\n';
  }
  return text;
}

}  // namespace

std::string collect_text(std::span<const config::Collector> collectors,
                         std::span<const scale::Observation> observations, WallTime now) {
  if (observations.empty()) return "no metric-collectors are configured\n";
  std::vector<Row> rows = {{"METRIC", "TYPE", "AGE", "LATENCY", "VALUE"}};
  std::string errors;
  for (std::size_t i = 0; i < observations.size(); ++i) {
    const scale::Observation& seen = observations[i];
    rows.push_back(
        {seen.metric, collectors[i].type, age_text(seen, now), latency_text(seen.latency), value_text(seen)});
    if (!seen.value) errors += fmt::format("\n{}: {}\n", seen.metric, seen.value.error().message);
  }
  return table(rows) + errors;
}

nlohmann::ordered_json collect_json(std::span<const config::Collector> collectors,
                                    std::span<const scale::Observation> observations, WallTime now) {
  const auto seconds = [](Duration duration) { return std::chrono::duration<double>(duration).count(); };
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  for (std::size_t i = 0; i < observations.size(); ++i) {
    const scale::Observation& seen = observations[i];
    nlohmann::ordered_json row = {{"metric", seen.metric}, {"type", collectors[i].type}};
    if (!seen.value) {
      row["error"] = seen.value.error().message;
    } else if (const double* number = std::get_if<double>(&*seen.value)) {
      row["value"] = *number;
    } else {
      row["value"] = nlohmann::ordered_json::array();
      for (const SeriesPoint& point : std::get<Series>(*seen.value)) {
        row["value"].push_back({{"labels", point.labels}, {"value", point.value}});
      }
    }
    if (seen.value && seen.at) row["age_seconds"] = seconds(now - *seen.at);
    row["latency_seconds"] = seconds(seen.latency);
    all.push_back(std::move(row));
  }
  return all;
}

}  // namespace fas::cli
