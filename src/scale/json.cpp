#include "scale/json.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "scale/time_text.h"

namespace fas::scale {
namespace {

using Json = nlohmann::ordered_json;

Json to_json(const std::optional<int>& count) { return count ? Json(*count) : Json(nullptr); }

Json to_json(const Bounds& bounds) { return {{"min", to_json(bounds.min)}, {"max", to_json(bounds.max)}}; }

Json to_json(const Counts& counts) {
  return {{"created", counts.created},
          {"started", counts.started},
          {"coming_up", counts.coming_up},
          {"stopped", counts.stopped},
          {"suspended", counts.suspended}};
}

Json to_json(const Series& series) {
  constexpr std::size_t kMost = 50;  // of a metric's series; more tell a reader nothing and fill the history
  Json list = Json::array();
  for (const SeriesPoint& point : std::span(series).first(std::min(series.size(), kMost))) {
    list.push_back({{"labels", point.labels}, {"value", point.value}});
  }
  return list;
}

Json to_json(const Observation& observation) {
  Json json = {{"metric", observation.metric}};
  if (!observation.value) {
    json["error"] = observation.value.error().message;
  } else if (const double* number = std::get_if<double>(&*observation.value)) {
    json["value"] = *number;
  } else {
    json["series"] = to_json(std::get<Series>(*observation.value));
  }
  return json;
}

Json to_json(const Stage& stage) {
  return {{"name", stage.name},
          {"before", to_json(stage.before)},
          {"after", to_json(stage.after)},
          {"reason", stage.reason}};
}

template <class T>
Json list_of(const std::vector<T>& values) {
  Json list = Json::array();
  for (const T& value : values) list.push_back(to_json(value));
  return list;
}

Json to_json(const Plan& plan) {
  Json json = {{"action", to_string(plan.action)}, {"count", plan.count}};
  if (!plan.reason.empty()) json["reason"] = plan.reason;
  if (!plan.problem.empty()) json["problem"] = plan.problem;
  if (plan.action == ActionKind::kCreate) {
    json["clone_of"] = plan.clone_of;
    for (const NewMachine& machine : plan.creates) {
      json["machines"].push_back({{"name", machine.name}, {"region", machine.region}});
    }
  } else if (plan.action != ActionKind::kNone) {
    const auto count = std::min(static_cast<std::size_t>(plan.count), plan.candidates.size());
    for (const Candidate& machine : std::span(plan.candidates).first(count)) {
      json["machines"].push_back(
          {{"id", machine.id}, {"region", machine.region}, {"state", fas::to_string(machine.state)}});
    }
  }
  for (const BusyMachine& machine : plan.waiting) {
    json["waiting"].push_back({{"id", machine.id}, {"busy", machine.value}});
  }
  return json;
}

Json to_json(const Outcome& outcome) {
  Json json;
  if (!outcome.id.empty()) json["id"] = outcome.id;
  if (!outcome.name.empty()) json["name"] = outcome.name;
  json["region"] = outcome.region;
  json["result"] = to_string(outcome.kind);
  if (outcome.becomes != MachineState::kUnknown) json["becomes"] = fas::to_string(outcome.becomes);
  if (!outcome.full_regions.empty()) json["full_regions"] = outcome.full_regions;
  if (outcome.error) json["error"] = outcome.error->message;
  return json;
}

}  // namespace

Json to_json(const Targets& targets) {
  return {{"created", to_json(targets.created)}, {"started", to_json(targets.started)}};
}

Json to_json(const Decision& decision) {
  Json json = {{"at", time_text(decision.at)},
               {"current", to_json(decision.current)},
               {"metrics", list_of(decision.observations)}};
  if (decision.error) json["error"] = decision.error->message;
  if (decision.fell_back) json["fallback"] = true;
  if (decision.computed) json["computed"] = to_json(*decision.computed);
  if (!decision.stages.empty()) json["stages"] = list_of(decision.stages);
  if (decision.targets) json["targets"] = to_json(*decision.targets);
  json["plan"] = to_json(decision.plan);
  if (!decision.hold.empty()) json["hold"] = decision.hold;
  if (!decision.warning.empty()) json["warning"] = decision.warning;
  return json;
}

Json to_json(const Decision& decision, std::span<const Outcome> outcomes) {
  Json json = to_json(decision);
  if (outcomes.empty()) return json;
  Json list = Json::array();
  for (const Outcome& outcome : outcomes) list.push_back(to_json(outcome));
  json["outcomes"] = std::move(list);
  return json;
}

}  // namespace fas::scale
