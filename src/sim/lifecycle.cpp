#include "sim/lifecycle.h"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <utility>

#include "sim/leases.h"

namespace fas::sim {
namespace {

using enum MachineState;

// What every change asks first: may the caller, can the host, does the state allow it? A machine that is on its way to
// another state is in none that allows anything.
Outcome<void> may_change(const Machine& machine, std::string_view verb, std::initializer_list<MachineState> from,
                         std::string_view nonce) {
  if (auto held = check_lease(machine, nonce); !held) return held;
  if (machine.host_status != "ok") {
    return refuse(503, fmt::format("unavailable: the host of machine {} does not answer", machine.id));
  }
  if (!machine.pending && std::ranges::find(from, machine.state) != from.end()) return {};
  return refuse(412, fmt::format("failed_precondition: unable to {} machine from current state: '{}'", verb,
                                 to_string(machine.state)));
}

// A volume serves one machine at a time.
Outcome<void> check_volumes(const App& app, const MachineConfig& config) {
  for (const std::string& volume : config.volumes) {
    if (volume.empty()) return refuse(422, "invalid_argument: a mount needs a volume");
    for (const auto& [index, machine] : app.machines) {
      if (machine.state != kDestroyed &&
          std::ranges::find(machine.config.volumes, volume) != machine.config.volumes.end()) {
        return refuse(422, fmt::format("invalid_argument: volume {} is in use by machine {}", volume, machine.id));
      }
    }
  }
  return {};
}

}  // namespace

Outcome<Machine*> create_machine(World& world, App& app, CreateRequest request) {
  if (const auto same = app.by_name.find(request.name); same != app.by_name.end()) {
    return refuse(world.options().name_conflict_status,
                  fmt::format("already_exists: unique machine name violation, machine ID {} already exists with name "
                              "\"{}\"",
                              app.machines.at(same->second).id, request.name));
  }
  if (auto volumes = check_volumes(app, request.config); !volumes) return std::unexpected(volumes.error());
  if (request.region.empty()) request.region = world.options().regions.default_region();
  if (auto place = world.options().regions.take(request.region); !place) return std::unexpected(place.error());
  world.options().regions.give_back(request.region);  // add_machine() takes it

  Machine* machine =
      world.add_machine(app, std::move(request.name), std::move(request.region), std::move(request.config), kCreated);
  world.schedule(app, *machine, request.skip_launch ? kStopped : kStarting,
                 world.options().create_time.sample(world.random()));
  if (request.lease_ttl > 0) take_lease(world, app, *machine, std::chrono::seconds(request.lease_ttl), "user");
  return machine;
}

Outcome<void> update_machine(World& world, App& app, Machine& machine, MachineConfig config, std::string_view nonce) {
  if (auto may = may_change(machine, "update", {kStarted, kStopped, kSuspended, kCreated, kFailed}, nonce); !may) {
    return may;
  }
  const bool was_started = machine.state == kStarted;
  machine.config = std::move(config);
  world.set_state(app, machine, kReplacing, "update", "user");
  Duration delay = world.options().create_time.sample(world.random());
  if (was_started) delay += world.options().boot_time.sample(world.random());
  world.schedule(app, machine, was_started ? kStarted : kStopped, delay);
  return {};
}

Outcome<MachineState> start_machine(World& world, App& app, Machine& machine, std::string_view nonce) {
  const MachineState before = machine.state;
  if (auto may = may_change(machine, "start", {kStopped, kSuspended, kCreated}, nonce); !may) {
    return std::unexpected(may.error());
  }
  const bool fails = world.random().chance(world.options().boot_failure_rate);
  Duration delay = world.options().boot_time.sample(world.random());
  if (before == kSuspended) delay /= 4;  // resuming from memory is what suspending is for
  world.set_state(app, machine, kStarting, "start", "user");
  world.schedule(app, machine, fails ? kFailed : kStarted, delay);
  return before;
}

Outcome<void> stop_machine(World& world, App& app, Machine& machine, std::string_view nonce) {
  if (auto may = may_change(machine, "stop", {kStarted, kSuspended}, nonce); !may) return may;
  world.set_state(app, machine, kStopping, "stop", "user");
  world.schedule(app, machine, kStopped, world.options().stop_time.sample(world.random()));
  return {};
}

Outcome<void> suspend_machine(World& world, App& app, Machine& machine, std::string_view nonce) {
  if (auto may = may_change(machine, "suspend", {kStarted}, nonce); !may) return may;
  world.set_state(app, machine, kSuspending, "suspend", "user");
  world.schedule(app, machine, kSuspended, world.options().stop_time.sample(world.random()));
  return {};
}

Outcome<void> restart_machine(World& world, App& app, Machine& machine, std::string_view nonce) {
  if (auto may = may_change(machine, "restart", {kStarted}, nonce); !may) return may;
  world.set_state(app, machine, kRestarting, "restart", "user");
  const Duration stop = world.options().stop_time.sample(world.random());
  world.schedule(app, machine, kStarted, stop + world.options().boot_time.sample(world.random()));
  return {};
}

Outcome<void> destroy_machine(World& world, App& app, Machine& machine, bool force, std::string_view nonce) {
  if (force) {  // whatever it is doing
    if (auto held = check_lease(machine, nonce); !held) return held;
    if (machine.state == kDestroyed) return {};
  } else if (auto may = may_change(machine, "destroy", {kStopped, kSuspended, kCreated, kFailed}, nonce); !may) {
    return may;
  }
  if (machine.state == kDestroying) return {};
  world.set_state(app, machine, kDestroying, "destroy", "user");
  world.schedule(app, machine, kDestroyed, world.options().destroy_time.sample(world.random()));
  return {};
}

Outcome<void> cordon_machine(World& world, App& app, Machine& machine, bool cordoned, std::string_view nonce) {
  if (auto held = check_lease(machine, nonce); !held) return held;
  machine.cordoned = cordoned;
  world.touch(app, machine);
  return {};
}

}  // namespace fas::sim
