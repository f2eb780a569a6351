#include "sim/control_apps.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "sim/fields.h"
#include "sim/leases.h"
#include "sim/machine_config.h"
#include "sim/reply.h"
#include "sim/state_json.h"

namespace fas::sim {
namespace {

using Json = nlohmann::ordered_json;
using net::ServerResponse;

ServerResponse bad(const Error& error) { return refusal_reply({.status = 400, .message = error.message}); }
ServerResponse not_found() { return refusal_reply({.status = 404, .message = "no such app, machine or call"}); }

void read_state(Fields& fields, std::optional<MachineState>& target) {
  std::string text;
  if (!fields.text("state", text)) return;
  const MachineState state = parse_machine_state(text);
  if (state == MachineState::kUnknown) return fields.note("state", "a machine's state, such as \"started\"");
  target = state;
}

void read_host_status(Fields& fields, std::string& target) {
  if (fields.text("host_status", target) && target != "ok" && target != "unknown" && target != "unreachable") {
    fields.note("host_status", "\"ok\", \"unknown\" or \"unreachable\"");
  }
}

void read_workload(Fields& fields, WorkloadOptions& target) {
  fields.parse("profile", target.profile);
  fields.number("service_rate", target.service_rate);
  if (!(target.service_rate >= 0 && target.service_rate <= 1e6)) fields.note("service_rate", "0 to 1000000");
  fields.flag("even", target.even);
}

ServerResponse add_app(World& world, const Json& body) {
  Fields fields(body);
  AppOptions options;
  int machines = 0;
  std::optional<MachineState> state;
  std::string region;
  fields.text("name", options.name);
  fields.text("org", options.org);
  fields.count("machines", machines);
  fields.text("region", region);
  read_state(fields, state);
  read_workload(fields, options.workload);
  if (options.name.empty()) fields.note("name", "the app's name");
  if (auto done = fields.done(); !done) return bad(done.error());
  App* app = world.add_app(std::move(options));
  if (app == nullptr) return refusal_reply({.status = 409, .message = "an app of that name exists"});
  for (int i = 0; i < machines; ++i) {
    world.add_machine(*app, "", region, default_config(app->name), state.value_or(MachineState::kStopped));
  }
  return json_reply(200, app_state_json(world, *app));
}

ServerResponse add_machines(World& world, App& app, const Json& body) {
  Fields fields(body);
  int count = 1;
  std::string name;
  std::string region;
  std::string host_status = "ok";
  std::optional<MachineState> state;
  MachineConfig config = default_config(app.name);
  fields.count("count", count);
  fields.text("name", name);
  fields.text("region", region);
  read_host_status(fields, host_status);
  read_state(fields, state);
  if (const Json* value = fields.any("config")) {
    auto read = read_config(*value);
    if (!read) return refusal_reply(read.error());
    config = std::move(*read);
  }
  if (auto done = fields.done(); !done) return bad(done.error());
  std::string reply = "[";
  for (int i = 0; i < count; ++i) {
    Machine* machine = world.add_machine(app, name, region, config, state.value_or(MachineState::kStopped));
    if (machine == nullptr) return refusal_reply({.status = 409, .message = "a machine of that name exists"});
    machine->host_status = host_status;
    world.touch(app, *machine);
    if (reply.size() > 1) reply += ',';
    reply += world.machine_json(*machine);
  }
  return text_reply(200, reply + "]");
}

ServerResponse change_machine(World& world, App& app, Machine& machine, const Json& body) {
  Fields fields(body);
  std::string host_status = machine.host_status;
  std::optional<MachineState> state;
  int lease = -1;
  read_host_status(fields, host_status);
  read_state(fields, state);
  fields.count("lease", lease);
  if (auto done = fields.done(); !done) return bad(done.error());
  if (machine.state == MachineState::kDestroyed) return not_found();
  machine.host_status = host_status;
  if (lease == 0) machine.lease.reset();
  if (lease > 0) take_lease(world, app, machine, std::chrono::seconds(lease), "somebody@example.com");
  world.touch(app, machine);
  if (state) world.set_state(app, machine, *state, "control", "user");
  const Machine* changed = &machine;
  return text_reply(200, changed->state == MachineState::kDestroyed ? "{}" : world.machine_json(machine));
}

ServerResponse set_release(App& app, const Json& body) {
  Fields fields(body);
  std::string status;
  if (!fields.text("status", status)) fields.note("status", "a text");
  if (auto done = fields.done(); !done) return bad(done.error());
  app.has_release = !status.empty();
  if (status == "running" && app.release_status != "running") ++app.release_version;
  if (app.has_release) app.release_status = status;
  return ok_reply();
}

ServerResponse add_jobs(World& world, App& app, const Json& body) {
  Fields fields(body);
  int count = 1;
  fields.count("count", count);
  if (auto done = fields.done(); !done) return bad(done.error());
  world.add_jobs(app, std::max(count, 0));
  return json_reply(200, app_state_json(world, app));
}

ServerResponse set_workload(World& world, App& app, const Json& body) {
  Fields fields(body);
  WorkloadOptions options = app.workload.options();
  read_workload(fields, options);
  if (auto done = fields.done(); !done) return bad(done.error());
  world.set_workload(app, std::move(options));
  return json_reply(200, app_state_json(world, app));
}

}  // namespace

ServerResponse answer_app_control(World& world, const Route& route, std::string_view method, const Json& body) {
  const auto& parts = route.rest;  // apps, APP, what, ID
  const bool post = method == "POST";
  const bool remove = method == "DELETE";
  if (parts.size() == 1) return post ? add_app(world, body) : not_found();
  App* app = world.find_app(parts[1]);
  if (app == nullptr) return not_found();
  if (parts.size() == 2 && remove) {
    world.remove_app(parts[1]);
    return ok_reply();
  }
  if (parts.size() == 3 && post) {
    if (parts[2] == "machines") return add_machines(world, *app, body);
    if (parts[2] == "release") return set_release(*app, body);
    if (parts[2] == "jobs") return add_jobs(world, *app, body);
    if (parts[2] == "workload") return set_workload(world, *app, body);
  }
  if (parts.size() != 4 || parts[2] != "machines") return not_found();
  Machine* machine = World::find_machine(*app, parts[3]);
  if (machine == nullptr) return not_found();
  if (post) return change_machine(world, *app, *machine, body);
  if (!remove) return not_found();
  world.remove_machine(*app, *machine);
  return ok_reply();
}

}  // namespace fas::sim
