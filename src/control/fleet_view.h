// From the API's list of an app's machines to the fleet that a decision counts.
#pragma once

#include <string_view>

#include "fly/machine.h"
#include "scale/fleet.h"

namespace fas::control {

// Leaves out what is not this policy's to count or to touch: machines on an unreachable host, of another process group,
// of Fly's own groups (release commands, consoles), and standbys, which wait for their primary to fail.
scale::Fleet fleet_view(const fly::MachineList& list, std::string_view process_group);

}  // namespace fas::control
