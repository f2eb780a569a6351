#include "sim/control_routes.h"

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "net/target.h"
#include "sim/api.h"
#include "sim/control_apps.h"
#include "sim/fields.h"
#include "sim/json_text.h"
#include "sim/number.h"
#include "sim/reply.h"
#include "sim/state_json.h"

namespace fas::sim {
namespace {

using Json = nlohmann::ordered_json;
using net::ServerRequest;
using net::ServerResponse;

ServerResponse bad(const Error& error) { return refusal_reply({.status = 400, .message = error.message}); }
ServerResponse not_found() { return refusal_reply({.status = 404, .message = "no such app, machine or call"}); }

Json request_json(const LoggedRequest& request) {
  return {{"number", request.number}, {"time_seconds", std::chrono::duration<double>(request.time).count()},
          {"method", request.method}, {"path", request.path},
          {"query", request.query},   {"action", request.action},
          {"tag", request.tag},       {"body", request.body},
          {"fault", request.fault},   {"status", request.status}};
}

ServerResponse requests(Api& api, const ServerRequest& request) {
  if (request.method == "DELETE") {
    api.log().clear();
    return ok_reply();
  }
  const auto action = net::query_value(request.query, "action");
  const auto app = net::query_value(request.query, "app");
  const double since = parse_number(net::query_value(request.query, "since").value_or("0")).value_or(0);
  Json list = Json::array();
  for (const LoggedRequest& logged : api.log().requests()) {
    if (action && logged.action != *action) continue;
    if (app && find_route(logged.method, logged.path).app != *app) continue;
    if (static_cast<double>(logged.number) > since) list.push_back(request_json(logged));
  }
  return json_reply(200, list);
}

Json rule_json(const FaultRule& rule) {
  return {{"kind", std::string(to_string(rule.kind))},
          {"action", rule.action},
          {"app", rule.app},
          {"rate", rule.rate},
          {"count", rule.count},
          {"status", rule.status},
          {"retry_after", rule.retry_after},
          {"delay", format_duration(rule.delay)}};
}

Result<FaultRule> read_rule(const Json& json) {
  Fields fields(json);
  FaultRule rule;
  std::string kind;
  fields.text("kind", kind);
  fields.text("action", rule.action);
  fields.text("app", rule.app);
  fields.number("rate", rule.rate);
  fields.count("count", rule.count);
  fields.count("status", rule.status);
  fields.count("retry_after", rule.retry_after);
  fields.duration("delay", rule.delay);
  const auto parsed = parse_fault_kind(kind);
  if (!parsed) fields.note("kind", "a kind of fault, such as \"reset_after\"");
  if (rule.rate < 0 || rule.rate > 1) fields.note("rate", "0 to 1");
  if (rule.status < 200 || rule.status > 599) fields.note("status", "200 to 599");
  if (rule.retry_after < 0) fields.note("retry_after", "a number of seconds");
  if (rule.delay < Duration::zero()) fields.note("delay", "a duration of at least 0s");
  if (auto done = fields.done(); !done) return std::unexpected(done.error());
  rule.kind = *parsed;
  return rule;
}

ServerResponse faults(Api& api, std::string_view method, const Json& body) {
  if (method == "DELETE") api.faults().clear();
  if (method == "POST") {
    std::vector<FaultRule> rules;
    for (const Json& json : body.is_array() ? body : Json::array({body})) {
      if (!json.is_object()) return refusal_reply({.status = 400, .message = "a rule is an object"});
      auto rule = read_rule(json);
      if (!rule) return bad(rule.error());
      if (rule->count != 0) rules.push_back(std::move(*rule));
    }
    for (FaultRule& rule : rules) api.faults().add(std::move(rule));
  }
  Json list = Json::array();
  for (const FaultRule& rule : api.faults().rules()) list.push_back(rule_json(rule));
  return json_reply(200, list);
}

ServerResponse settings(Api& api, const Json& body) {
  Fields fields(body);
  WorldOptions changed = api.world().options();
  Spread latency = api.latency();
  bool limits = api.rate_limits().enabled();
  fields.flag("rate_limits", limits);
  fields.parse("latency", latency);
  fields.parse("create_time", changed.create_time);
  fields.parse("boot_time", changed.boot_time);
  fields.parse("stop_time", changed.stop_time);
  fields.parse("destroy_time", changed.destroy_time);
  fields.number("boot_failure_rate", changed.boot_failure_rate);
  fields.duration("stale_list", changed.stale_list);
  fields.count("name_conflict_status", changed.name_conflict_status);
  if (changed.name_conflict_status < 400 || changed.name_conflict_status > 499) {
    fields.note("name_conflict_status", "400 to 499");
  }
  if (const Json* capacity = fields.any("capacity")) {
    if (!capacity->is_object()) fields.note("capacity", "an object of region and number");
    for (const auto& [region, count] : capacity->items()) {
      if (!count.is_number_unsigned() || count.get<std::uint64_t>() > 1'000'000) {
        fields.note("capacity", "numbers of machines");
        continue;
      }
      changed.regions.set_capacity(region, count.get<int>());
    }
  }
  if (auto done = fields.done(); !done) return bad(done.error());
  api.world().options() = std::move(changed);
  api.latency() = std::move(latency);
  api.rate_limits().enable(limits);
  return ok_reply();
}

ServerResponse state(Api& api, const ServerRequest& request) {
  const auto name = net::query_value(request.query, "app");
  if (!name) return json_reply(200, state_json(api.world()));
  const App* app = api.world().find_app(*name);
  return app == nullptr ? not_found() : json_reply(200, app_state_json(api.world(), *app));
}

}  // namespace

ServerResponse answer_control(Api& api, const Route& route, const ServerRequest& request) {
  if (route.rest.empty()) return not_found();
  const std::string& what = route.rest.front();
  const auto body = request.body.empty() ? Json::object() : read_json(request.body);
  if (!body) return refusal_reply({.status = 400, .message = "the body is no JSON"});
  const bool object = body->is_object();
  const bool post = request.method == "POST";
  const bool single = route.rest.size() == 1;
  if (single && what == "state") return state(api, request);
  if (single && what == "requests") return requests(api, request);
  if (single && what == "faults") return faults(api, request.method, *body);
  if (!object) return refusal_reply({.status = 400, .message = "the body is no JSON object"});
  if (single && what == "settings" && post) return settings(api, *body);
  if (what == "apps") return answer_app_control(api.world(), route, request.method, *body);
  return not_found();
}

}  // namespace fas::sim
