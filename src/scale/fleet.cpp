#include "scale/fleet.h"

namespace fas::scale {

bool is_launching(const Machine& machine, WallTime now) {
  return machine.state == MachineState::kCreated && machine.created_at && now - *machine.created_at < kLaunchWindow;
}

Counts count(const Fleet& fleet, WallTime now) {
  Counts counts;
  for (const Machine& machine : fleet.machines) {
    switch (machine.state) {
      case MachineState::kDestroying:
      case MachineState::kDestroyed:
      case MachineState::kLaunchFailed:  // on its way to destroyed
        continue;
      case MachineState::kStarted: ++counts.started; break;
      case MachineState::kStarting:
      case MachineState::kRestarting:
      case MachineState::kReplacing:
      case MachineState::kUpdating: ++counts.coming_up; break;
      case MachineState::kCreated: counts.coming_up += is_launching(machine, now) ? 1 : 0; break;
      case MachineState::kStopped: ++counts.stopped; break;
      case MachineState::kSuspended: ++counts.suspended; break;
      case MachineState::kStopping:
      case MachineState::kSuspending:
      case MachineState::kFailed:
      case MachineState::kUnknown: break;
    }
    ++counts.created;
  }
  return counts;
}

}  // namespace fas::scale
