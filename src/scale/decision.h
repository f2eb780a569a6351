// decide(): everything between what was seen and what is to be done, as one pure function. It reads no clock, does no
// I/O and logs nothing; the daemon, `eval`, `plan`, the backtest and the simulation run this very function.
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
#include "scale/shape.h"
#include "scale/targets.h"

namespace fas::scale {

// The way from metric to action.
struct Decision {
  WallTime at;
  Counts current;
  std::vector<Observation> observations;
  std::optional<Error> error;       // why the expressions gave no targets
  bool fell_back = false;           // `computed` are the fallback's
  std::optional<Targets> computed;  // what the expressions ask for; none when the tick holds because of `error`
  std::vector<Stage> stages;        // what came in between, in order
  std::optional<Targets> targets;   // those in force
  Plan plan;                        // what they ask for
  std::string hold;                 // why the plan is not carried out; empty: it is
  std::string warning;              // of what does not hinder the plan
  Memory memory;                    // for the next tick, before outcomes are known (control/outcome.h)

  bool acts() const { return plan.action != ActionKind::kNone && hold.empty(); }
};

Decision decide(const Policy& policy, std::span<const Observation> observations, const Fleet& fleet,
                const Memory& memory, WallTime now);

}  // namespace fas::scale
