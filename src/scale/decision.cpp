#include "scale/decision.h"

#include <utility>

#include "scale/evaluate.h"

namespace fas::scale {

Decision decide(const Policy& policy, std::span<const Observation> observations, const Fleet& fleet,
                const Memory& memory, DecisionId id, WallTime now) {
  Decision decision{.id = id,
                    .at = now,
                    .current = count(fleet, now),
                    .targets = {},
                    .error = {},
                    .observations = {observations.begin(), observations.end()},
                    .plan = {},
                    .memory = memory};
  Result<Targets> targets = compute_targets(policy, observations, decision.current, memory.previous, now);
  if (!targets) {
    decision.error = std::move(targets.error());
    return decision;
  }
  decision.targets = *targets;
  decision.plan = make_plan(policy.rules(), *targets, fleet, memory, id, now);
  decision.memory.previous = *targets;
  return decision;
}

}  // namespace fas::scale
