// From the targets that the expressions ask for to those in force: tolerance, stabilisation windows, cooldowns and step
// policies, then the floors and ceilings of limits and schedules. The order is the HPA's: floors and ceilings come last
// and at once, whatever the steps say.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "scale/memory.h"
#include "scale/policy.h"
#include "scale/standing.h"
#include "scale/targets.h"

namespace fas::scale {

// A step on the way from metric to action that changed the targets.
struct Stage {
  std::string name;  // "stabilization-window"
  Targets before, after;
  std::string reason;  // one sentence
};

struct Shaped {
  Targets targets;
  Targets wanted;  // before windows, cooldowns, steps and limits say when, how fast and how far
  std::vector<Stage> stages;
};

// Adds `targets` to the windows of `memory`.
Shaped shape(const Policy& policy, const Targets& targets, const Standings& standings, Memory& memory, WallTime now);

// The counts that an operator has set take the place of the policy's; its limits still hold. `computed` are those of
// the expressions, where there are any.
Shaped shape_by_hand(const Policy& policy, const Hand& hand, const std::optional<Targets>& computed);

// What a tick without targets does to the windows: that nothing is changed counts as the present counts being asked
// for, so that an outage of a metric is no reason for a jump when it is over.
void hold_windows(const Policy& policy, const Standings& standings, Memory& memory, WallTime now);

}  // namespace fas::scale
