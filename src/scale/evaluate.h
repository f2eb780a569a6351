// From observations to target counts, by the policy's expressions.
#pragma once

#include <optional>
#include <span>

#include "base/clock.h"
#include "base/error.h"
#include "scale/fleet.h"
#include "scale/observation.h"
#include "scale/policy.h"
#include "scale/targets.h"

namespace fas::scale {

// Fails when a metric that an expression uses has no value, or an expression fails; a metric that no expression uses
// may fail without consequence. `previous` are the targets of the tick before, where there was one. `expressions` are
// those of the policy's counts, or its fallback.
Result<Targets> compute_targets(const Policy& policy, const CountExpressions& expressions,
                                std::span<const Observation> observations, const Counts& current,
                                const std::optional<Targets>& previous, WallTime now);

// What the policy says about single machines: who is busy, and their ranks, of those that run.
Ranks compute_ranks(const Policy& policy, std::span<const Observation> observations, const Fleet& fleet,
                    const Counts& current, const std::optional<Targets>& previous, WallTime now);

}  // namespace fas::scale
