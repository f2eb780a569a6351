#include "base/machine_state.h"

#include <array>
#include <cstddef>

namespace fas {
namespace {

// In the order of the enumerators.
constexpr std::array<std::string_view, 15> kNames = {
    "created",    "started",    "stopped",   "suspended", "failed",     "destroyed",     "starting", "stopping",
    "suspending", "restarting", "replacing", "updating",  "destroying", "launch_failed", "unknown"};

}  // namespace

std::string_view to_string(MachineState state) { return kNames[static_cast<std::size_t>(state)]; }

MachineState parse_machine_state(std::string_view text) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == text) return static_cast<MachineState>(i);
  }
  return MachineState::kUnknown;
}

}  // namespace fas
