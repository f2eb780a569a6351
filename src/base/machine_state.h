// The states of a Fly Machine, as the Machines API names them.
#pragma once

#include <cstdint>
#include <string_view>

namespace fas {

enum class MachineState : std::uint8_t {
  // Lasting.
  kCreated,
  kStarted,
  kStopped,
  kSuspended,
  kFailed,
  kDestroyed,
  // Passing: nothing is done to a machine in one of these.
  kStarting,
  kStopping,
  kSuspending,
  kRestarting,
  kReplacing,
  kUpdating,
  kDestroying,
  kLaunchFailed,
  // A text that this program does not know; treated as passing.
  kUnknown,
};

std::string_view to_string(MachineState state);
MachineState parse_machine_state(std::string_view text);

}  // namespace fas
