// decide(): everything between what was seen and what is to be done, as one pure function. It reads no clock, does no
// I/O and logs nothing; the daemon, `eval`, `check`, the backtest and the simulation run this very function.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "scale/fleet.h"
#include "scale/memory.h"
#include "scale/observation.h"
#include "scale/plan.h"
#include "scale/policy.h"
#include "scale/targets.h"

namespace fas::scale {

struct Decision {
  DecisionId id = 0;
  WallTime at;
  Counts current;
  std::optional<Targets> targets;  // none when the tick holds because of `error`
  std::optional<Error> error;      // why there are no targets
  std::vector<Observation> observations;
  Plan plan;
  Memory memory;  // for the next tick, before outcomes are known; see remember()
};

Decision decide(const Policy& policy, std::span<const Observation> observations, const Fleet& fleet,
                const Memory& memory, DecisionId id, WallTime now);

}  // namespace fas::scale
