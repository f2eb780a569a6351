#include "backtest/report_json.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

#include "scale/time_text.h"

namespace fas::backtest {
namespace {

using Json = nlohmann::ordered_json;

// Six digits behind the point are more than a model is worth, and hide what differs between compilers.
double rounded(double value) { return std::round(value * 1e6) / 1e6; }

Json number(const std::optional<double>& value) { return value ? Json(rounded(*value)) : Json(nullptr); }

Json to_json(const Outline& outline) {
  Json json = {{"name", outline.name},
               {"hours", rounded(outline.hours)},
               {"machine_hours", rounded(outline.machine_hours)},
               {"cost", rounded(outline.cost)},
               {"peak", outline.peak},
               {"events", outline.events},
               {"moves", outline.moves},
               {"wait_p50", number(outline.wait_p50)},
               {"wait_p95", number(outline.wait_p95)},
               {"wait_max", number(outline.wait_max)},
               {"queue_max", number(outline.queue_max)},
               {"slo", number(outline.slo)},
               {"ticks_without_targets", outline.blind_ticks},
               {"ticks_short_of_machines", outline.short_ticks}};
  if (outline.closed) {
    json["jobs"] = {{"arrived", outline.jobs},
                    {"completed", outline.completed},
                    {"requeued", outline.requeued},
                    {"waiting_at_the_end", outline.waiting}};
  }
  return json;
}

}  // namespace

Json to_json(const Report& report) {
  Json json = {{"app", report.app},
               {"recording",
                {{"source", report.source},
                 {"begin", scale::time_text(report.begin)},
                 {"end", scale::time_text(report.end)},
                 {"step_seconds", rounded(std::chrono::duration<double>(report.step).count())},
                 {"ticks", report.ticks}}},
               {"loop", report.closed ? "closed" : "open"},
               {"service_rate", report.service_rate > 0 ? Json(rounded(report.service_rate)) : Json(nullptr)},
               {"slo_seconds", rounded(std::chrono::duration<double>(report.slo).count())},
               {"price", report.price},
               {"notes", report.notes},
               {"policies", Json::array()}};
  for (const Outline& outline : report.policies) json["policies"].push_back(to_json(outline));
  if (report.sweep.empty()) return json;
  json["sweep"] = Json::array();
  for (const SweepResult& point : report.sweep) {
    Json entry = to_json(point.outline);
    entry["set"] = point.constants;
    entry["front"] = point.front;
    json["sweep"].push_back(std::move(entry));
  }
  return json;
}

}  // namespace fas::backtest
