// What became of a plan's actions, and what the next decision has to know of it.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/machine_state.h"
#include "scale/memory.h"
#include "scale/plan.h"

namespace fas::scale {

// kUnknown: the reply was lost, so that the action may have happened; it takes up its place in the plan all the same,
// and the lists to come tell. kRefused: the machine's doing, another was tried instead.
enum class OutcomeKind { kDone, kRefused, kFailed, kUnknown };
std::string_view to_string(OutcomeKind kind);

struct Outcome {
  OutcomeKind kind = OutcomeKind::kFailed;
  std::string id;    // of the machine; empty for a create that did not get so far
  std::string name;  // of a machine to be created
  int slot = -1;     // its place; -1: not a create
  std::string region;
  MachineState becomes = MachineState::kUnknown;  // what the action leads to
  std::optional<WallTime> seen;                   // the machine's updated_at in the list planned by
  bool was_running = false;                       // before it was stopped or destroyed
  bool cordoned = false;                          // it may stand cordoned
  std::vector<std::string> full_regions;          // that had no room for it
  std::optional<Error> error;
};

// `memory` with what the outcomes of `plan` have done to it.
Memory remember(Memory memory, const Plan& plan, std::span<const Outcome> outcomes, std::size_t region_count,
                WallTime now);

// What has to be on the disk before the calls of `plan` are made, as the process may die under them: machines that may
// come of it, that may be stopped and not yet destroyed, and with `cordon` that may be cordoned and not yet stopped.
bool needs_foresight(const Plan& plan, bool cordon);
Memory foresee(Memory memory, const Plan& plan, bool cordon, std::size_t region_count, WallTime now);

}  // namespace fas::scale
