#include "sim/machines_routes.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "base/text.h"
#include "net/target.h"
#include "sim/json_text.h"
#include "sim/leases.h"
#include "sim/lifecycle.h"
#include "sim/machine_config.h"
#include "sim/metadata.h"
#include "sim/names.h"
#include "sim/number.h"
#include "sim/reply.h"

namespace fas::sim {
namespace {

using Json = nlohmann::ordered_json;
using net::ServerRequest;
using net::ServerResponse;

// What a call on one machine works with.
struct MachineCall {
  World& world;
  App& app;
  Machine& machine;
  const Route& route;
  const ServerRequest& request;
  std::string_view nonce;
};

ServerResponse answer(const Outcome<void>& outcome) { return outcome ? ok_reply() : refusal_reply(outcome.error()); }

ServerResponse not_found(std::string_view what) {
  return refusal_reply({.status = 404, .message = fmt::format("not_found: {} not found", what)});
}

bool flag(std::string_view query, std::string_view name) {
  const auto value = net::query_value(query, name);
  return value && (*value == "true" || *value == "1");
}

std::string text_field(const Json& body, const char* name) {
  const auto field = body.find(name);
  return field != body.end() && field->is_string() ? field->get<std::string>() : std::string();
}

ServerResponse list(World& world, App& app, std::string_view query) {
  if (query.empty()) return text_reply(200, world.list_json(app));
  const bool deleted = flag(query, "include_deleted");
  const auto states = net::query_value(query, "state");
  const auto region = net::query_value(query, "region");
  if (!deleted && !states && !region) return text_reply(200, world.list_json(app));
  std::string body = "[";
  for (auto& [index, machine] : app.machines) {
    if (machine.state == MachineState::kDestroyed && !deleted) continue;
    if (region && !region->empty() && machine.region != *region) continue;
    if (states && !states->empty()) {
      const auto wanted = split(*states, ',');
      if (std::ranges::find(wanted, to_string(machine.state)) == wanted.end()) continue;
    }
    if (body.size() > 1) body += ',';
    body += world.machine_json(machine);
  }
  return text_reply(200, body + "]");
}

ServerResponse create(World& world, App& app, const ServerRequest& request) {
  const auto body = read_json(request.body);
  if (!body || !body->is_object()) {
    return refusal_reply({.status = 400, .message = "invalid_argument: the body is no JSON object"});
  }
  const auto config_field = body->find("config");
  auto config = read_config(config_field == body->end() ? Json() : *config_field);
  if (!config) return refusal_reply(config.error());
  CreateRequest create;
  create.name = text_field(*body, "name");
  create.region = text_field(*body, "region");
  create.config = std::move(*config);
  const auto skip = body->find("skip_launch");
  create.skip_launch = skip != body->end() && skip->is_boolean() && skip->get<bool>();
  const auto ttl = body->find("lease_ttl");
  if (ttl != body->end() && ttl->is_number_integer()) create.lease_ttl = std::clamp(ttl->get<int>(), 0, 86'400);
  auto created = create_machine(world, app, std::move(create));
  return created ? text_reply(200, world.machine_json(**created)) : refusal_reply(created.error());
}

ServerResponse update(const MachineCall& call) {
  const auto body = read_json(call.request.body);
  if (!body || !body->is_object()) {
    return refusal_reply({.status = 400, .message = "invalid_argument: the body is no JSON object"});
  }
  const auto config_field = body->find("config");
  auto config = read_config(config_field == body->end() ? Json() : *config_field);
  if (!config) return refusal_reply(config.error());
  const auto updated = update_machine(call.world, call.app, call.machine, std::move(*config), call.nonce);
  return updated ? text_reply(200, call.world.machine_json(call.machine)) : refusal_reply(updated.error());
}

ServerResponse start(const MachineCall& call) {
  const auto before = start_machine(call.world, call.app, call.machine, call.nonce);
  if (!before) return refusal_reply(before.error());
  return json_reply(200, {{"previous_state", std::string(to_string(*before))}, {"migrated", false}});
}

ServerResponse destroy(const MachineCall& call) {
  const bool force = flag(call.request.query, "force") || flag(call.request.query, "kill");
  return answer(destroy_machine(call.world, call.app, call.machine, force, call.nonce));
}

ServerResponse lease_reply(const World& world, const Lease& lease) {
  const auto expires =
      std::chrono::duration_cast<std::chrono::seconds>(world.wall_at(lease.expires).time_since_epoch()).count();
  return json_reply(200, {{"status", "success"},
                          {"data",
                           {{"nonce", lease.nonce},
                            {"expires_at", expires},
                            {"owner", lease.owner},
                            {"version", std::to_string(lease.version)}}}});
}

ServerResponse lease_get(const MachineCall& call) {
  if (!call.machine.lease) return not_found("lease of machine " + call.machine.id);
  return lease_reply(call.world, *call.machine.lease);
}

ServerResponse lease_take(const MachineCall& call) {
  int ttl = 120;
  if (const auto text = net::query_value(call.request.query, "ttl")) {
    const auto parsed = parse_count(*text);
    if (!parsed) return refusal_reply({.status = 400, .message = "invalid_argument: ttl is a number of seconds"});
    ttl = *parsed;
  } else if (const auto body = read_json(call.request.body); body && body->is_object()) {
    const auto field = body->find("ttl");
    if (field != body->end() && field->is_number_integer()) ttl = field->get<int>();
  }
  const std::chrono::seconds length(std::clamp(ttl, 1, 86'400));
  const auto lease = acquire_lease(call.world, call.app, call.machine, length, call.nonce);
  return lease ? lease_reply(call.world, **lease) : refusal_reply(lease.error());
}

ServerResponse on_machine(const MachineCall& call) {
  World& world = call.world;
  switch (call.route.action) {
    case Action::kGet: return text_reply(200, world.machine_json(call.machine));
    case Action::kUpdate: return update(call);
    case Action::kStart: return start(call);
    case Action::kStop: return answer(stop_machine(world, call.app, call.machine, call.nonce));
    case Action::kSuspend: return answer(suspend_machine(world, call.app, call.machine, call.nonce));
    case Action::kRestart: return answer(restart_machine(world, call.app, call.machine, call.nonce));
    case Action::kDestroy: return destroy(call);
    case Action::kCordon: return answer(cordon_machine(world, call.app, call.machine, true, call.nonce));
    case Action::kUncordon: return answer(cordon_machine(world, call.app, call.machine, false, call.nonce));
    case Action::kLeaseGet: return lease_get(call);
    case Action::kLeaseTake: return lease_take(call);
    case Action::kLeaseRelease: return answer(release_lease(world, call.app, call.machine, call.nonce));
    case Action::kMetadataGet: return json_reply(200, get_metadata(call.machine));
    case Action::kMetadataSet:
      return answer(set_metadata(world, call.app, call.machine, call.route.key, call.request.body, call.nonce));
    case Action::kMetadataDelete:
      return answer(delete_metadata(world, call.app, call.machine, call.route.key, call.nonce));
    default: return not_found("page");
  }
}

Json app_json(const App& app) {
  const auto count = std::ranges::count_if(
      app.machines, [](const auto& entry) { return entry.second.state != MachineState::kDestroyed; });
  return {{"id", app.id},
          {"name", app.name},
          {"status", "deployed"},
          {"machine_count", count},
          {"organization", {{"name", app.org}, {"slug", app.org}}}};
}

ServerResponse app_list(World& world, std::string_view query) {
  const auto slug = net::query_value(query, "org_slug");
  Json apps = Json::array();
  for (const auto& [name, app] : world.apps()) {
    if (!slug || *slug == app->org) apps.push_back(app_json(*app));
  }
  const std::size_t total = apps.size();
  return json_reply(200, {{"total_apps", total}, {"apps", std::move(apps)}});
}

}  // namespace

ServerResponse answer_machines(World& world, const Route& route, const ServerRequest& request) {
  if (route.action == Action::kAppList) return app_list(world, request.query);
  if (route.action == Action::kUnknown) return not_found("page");
  App* app = world.find_app(route.app);
  if (app == nullptr) return not_found("app");
  if (route.action == Action::kAppGet) return json_reply(200, app_json(*app));
  if (route.action == Action::kList) return list(world, *app, request.query);
  if (route.action == Action::kCreate) return create(world, *app, request);
  Machine* machine = World::find_machine(*app, route.machine);
  const bool reading = route.action == Action::kGet;
  if (machine == nullptr || (machine->state == MachineState::kDestroyed && !reading)) return not_found("machine");
  return on_machine({.world = world,
                     .app = *app,
                     .machine = *machine,
                     .route = route,
                     .request = request,
                     .nonce = request.header("fly-machine-lease-nonce")});
}

WaitAnswer answer_wait(World& world, const Route& route, const ServerRequest& request, Duration began) {
  App* app = world.find_app(route.app);
  const Machine* machine = app == nullptr ? nullptr : World::find_machine(*app, route.machine);
  if (machine == nullptr) return {.response = not_found(app == nullptr ? "app" : "machine")};
  const std::string wanted = net::query_value(request.query, "state").value_or("started");
  constexpr std::array kStates = {MachineState::kStarted, MachineState::kStopped, MachineState::kSuspended,
                                  MachineState::kDestroyed};
  const MachineState state = parse_machine_state(wanted);
  if (std::ranges::find(kStates, state) == kStates.end()) {
    return {.response = refusal_reply({.status = 400, .message = "invalid_argument: cannot wait for " + wanted})};
  }
  if (machine->state == state) return {.response = ok_reply()};
  // Seconds, with or without the unit.
  std::string timeout = net::query_value(request.query, "timeout").value_or("60");
  if (timeout.ends_with('s')) timeout.pop_back();
  const double seconds = std::clamp(parse_number(timeout).value_or(60), 0.0, 60.0);
  const Duration until = began + Duration(static_cast<Duration::rep>(seconds * 1e9));
  if (world.now() < until) return {.response = std::nullopt, .until = until};
  return {.response = refusal_reply(
              {.status = 408,
               .message = fmt::format("deadline_exceeded: machine failed to reach desired state, {}, currently {}",
                                      wanted, to_string(machine->state))})};
}

}  // namespace fas::sim
