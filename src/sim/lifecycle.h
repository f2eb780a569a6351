// What the Machines API does to machines, with its rules about states. Each call answers at once; the change itself
// goes on in the world as time advances.
//
// Refusals: 409 name in use, or another's lease; 412 wrong state; 422 bad input or no capacity; 503 a host that does
// not answer. `nonce` is that of the lease which the caller holds, empty without.
#pragma once

#include <string>
#include <string_view>

#include "sim/refusal.h"
#include "sim/world.h"

namespace fas::sim {

struct CreateRequest {
  std::string name;
  std::string region;
  MachineConfig config;
  bool skip_launch = false;
  int lease_ttl = 0;  // seconds; 0: none is taken
};

Outcome<Machine*> create_machine(World& world, App& app, CreateRequest request);
// Changes the configuration; a started machine is restarted with it.
Outcome<void> update_machine(World& world, App& app, Machine& machine, MachineConfig config, std::string_view nonce);
// The state before.
Outcome<MachineState> start_machine(World& world, App& app, Machine& machine, std::string_view nonce);
Outcome<void> stop_machine(World& world, App& app, Machine& machine, std::string_view nonce);
Outcome<void> suspend_machine(World& world, App& app, Machine& machine, std::string_view nonce);
Outcome<void> restart_machine(World& world, App& app, Machine& machine, std::string_view nonce);
Outcome<void> destroy_machine(World& world, App& app, Machine& machine, bool force, std::string_view nonce);
Outcome<void> cordon_machine(World& world, App& app, Machine& machine, bool cordoned, std::string_view nonce);

}  // namespace fas::sim
