#include "serve/app_json.h"

#include <cmath>
#include <utility>
#include <variant>

#include "scale/json.h"
#include "scale/time_text.h"

namespace fas::serve {
namespace {

Json counts_json(const scale::Counts& counts) {
  return {{"created", counts.created},
          {"started", counts.started},
          {"coming_up", counts.coming_up},
          {"stopped", counts.stopped},
          {"suspended", counts.suspended}};
}

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

Json metric_json(const scale::Observation& observation) {
  Json json = {{"name", observation.metric}};
  if (!observation.value) {
    json["error"] = observation.value.error().message;
  } else if (const double* value = std::get_if<double>(&*observation.value)) {
    json["value"] = number(*value);
  } else {
    json["series"] = std::get<Series>(*observation.value).size();
  }
  return json;
}

Json policy_json(const control::AppSetup& setup) {
  const config::AppConfig& config = *setup.config;
  Json expressions = Json::object();
  const auto add = [&](const char* name, const std::optional<config::Expression>& expression) {
    if (expression) expressions[name] = expression->text;
  };
  add("min_created", config.counts.min_created);
  add("max_created", config.counts.max_created);
  add("min_started", config.counts.min_started);
  add("max_started", config.counts.max_started);
  return {{"app_name", config.app_name},
          {"expressions", std::move(expressions)},
          {"regions", config.regions},
          {"process_group", config.process_group}};
}

std::string text_of(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace

Json hand_json(const std::optional<scale::Hand>& hand) {
  if (!hand) return nullptr;
  return {{"paused", hand->paused},
          {"targets", hand->paused ? Json(nullptr) : Json(scale::to_json(hand->targets))},
          {"until", hand->until ? Json(scale::time_text(*hand->until)) : Json(nullptr)},
          {"reason", hand->reason}};
}

Json app_summary(const std::string& app, const control::Board::Card& card, bool with_spark) {
  Json json = {{"name", app}, {"state", to_string(health_of(card))}, {"note", note_of(card)}};
  Json metrics = Json::array();
  const control::TickReport* last = card.last ? &*card.last : nullptr;
  if (last != nullptr) {
    for (const scale::Observation& observation : last->decision.observations) {
      metrics.push_back(metric_json(observation));
    }
  }
  const scale::Decision* decision = last == nullptr ? nullptr : &last->decision;
  json["at"] = decision == nullptr ? Json(nullptr) : Json(scale::time_text(decision->at));
  json["metrics"] = std::move(metrics);
  json["counts"] = last == nullptr || !last->listed ? Json(nullptr) : counts_json(decision->current);
  const bool targets = decision != nullptr && decision->targets.has_value();
  json["targets"] = targets ? Json(scale::to_json(*decision->targets)) : Json(nullptr);
  const bool acts = decision != nullptr && decision->acts();
  json["action"] = acts ? to_string(decision->plan.action) : "no_scale";
  json["count"] = acts ? decision->plan.count : 0;
  json["override"] = hand_json(card.hand);
  if (with_spark) {
    Json spark = Json::array();
    for (const double value : card.spark) spark.push_back(number(value));
    json["spark"] = std::move(spark);
  }
  return json;
}

Json app_detail(const std::string& app, const control::Board::Card& card, const control::AppSetup* policy) {
  Json json = app_summary(app, card, /*with_spark=*/false);
  json["policy"] = policy == nullptr ? Json(nullptr) : policy_json(*policy);
  json["decision"] = card.last ? Json(scale::to_json(card.last->decision, card.last->outcomes)) : Json(nullptr);
  Json machines = Json::array();
  if (card.last) {
    for (const control::ShownMachine& machine : card.last->machines) {
      machines.push_back({{"id", machine.id},
                          {"region", machine.region},
                          {"state", fas::to_string(machine.state)},
                          {"created_at", machine.created_at ? Json(scale::time_text(*machine.created_at)) : nullptr}});
    }
  }
  json["machines"] = std::move(machines);
  Json names = Json::array();
  if (policy != nullptr) {
    for (const expr::Schema::Field& field : policy->policy.schema().fields()) names.push_back(field.name);
  }
  json["names"] = std::move(names);
  return json;
}

Json record_json(const control::HistoryRecord& record, bool full) {
  Json decision = Json::parse(record.decision, nullptr, /*allow_exceptions=*/false);
  if (!decision.is_object()) decision = Json::object();
  const auto plan = decision.find("plan");
  Json json = {{"app", record.app},
               {"at", scale::time_text(record.at)},
               {"action", record.action},
               {"count", record.count},
               {"ok", record.ok},
               {"reason", plan == decision.end() ? std::string() : text_of(*plan, "reason")},
               {"error", text_of(decision, "error")},
               {"hold", text_of(decision, "hold")}};
  if (full) json["decision"] = std::move(decision);
  return json;
}

}  // namespace fas::serve
