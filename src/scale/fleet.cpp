#include "scale/fleet.h"

namespace fas::scale {

bool is_launching(const Machine& machine, WallTime now) {
  return machine.state == MachineState::kCreated && machine.created_at && now - *machine.created_at < kLaunchWindow;
}

namespace {

bool is_going(MachineState state) {
  return state == MachineState::kDestroying || state == MachineState::kDestroyed ||
         state == MachineState::kLaunchFailed;  // on its way to destroyed
}

bool is_up(MachineState state) {
  switch (state) {
    case MachineState::kStarted:
    case MachineState::kStarting:
    case MachineState::kRestarting:
    case MachineState::kReplacing:
    case MachineState::kUpdating: return true;
    default: return false;
  }
}

}  // namespace

Counts count(const Fleet& fleet, WallTime now) {
  Counts counts;
  for (const Machine& machine : fleet.machines) {
    if (machine.listed) {
      counts.doubtful_created += !is_going(*machine.listed) && is_going(machine.state) ? 1 : 0;
      counts.doubtful_started += is_up(*machine.listed) && !is_up(machine.state) ? 1 : 0;
    }
    if (is_going(machine.state)) continue;
    ++counts.created;
    if (machine.state == MachineState::kStarted) {
      ++counts.started;
    } else if (is_up(machine.state) || is_launching(machine, now)) {
      ++counts.coming_up;
    }
    counts.stopped += machine.state == MachineState::kStopped ? 1 : 0;
    counts.suspended += machine.state == MachineState::kSuspended ? 1 : 0;
  }
  return counts;
}

}  // namespace fas::scale
