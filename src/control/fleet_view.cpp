#include "control/fleet_view.h"

#include "scale/slot.h"

namespace fas::control {
namespace {

bool is_flys_own(std::string_view group) { return group == "fly_app_release_command" || group == "fly_app_console"; }

}  // namespace

scale::Fleet fleet_view(const fly::MachineList& list, std::string_view process_group) {
  scale::Fleet fleet;
  for (const fly::Machine& machine : list.machines) {
    // A name is taken whoever has it.
    if (const auto slot = scale::slot_of(machine.name, process_group)) fleet.slots.push_back(*slot);
    const bool reachable = machine.host_status.empty() || machine.host_status == "ok";
    if (!reachable || machine.is_standby || machine.process_group != process_group || is_flys_own(process_group)) {
      continue;
    }
    fleet.machines.push_back(
        {.id = machine.id,
         .region = machine.region,
         .state = machine.state,
         .created_at = machine.created_at,
         .updated_at = machine.updated_at,
         .can_clone = !machine.has_mounts && !machine.incomplete_config && !machine.config.text.empty(),
         .has_volume = machine.has_mounts,
         .leased = machine.leased,
         .has_services = machine.has_services});
  }
  return fleet;
}

}  // namespace fas::control
