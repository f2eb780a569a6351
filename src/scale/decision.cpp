#include "scale/decision.h"

#include <fmt/format.h>

#include <map>
#include <utility>

#include "scale/evaluate.h"

namespace fas::scale {
namespace {

// The expressions' targets, or while they fail, long enough, the fallback's.
void find_targets(Decision& decision, const Policy& policy) {
  Memory& memory = decision.memory;
  Result<Targets> targets =
      compute_targets(policy, policy.counts(), decision.observations, decision.current, memory.previous, decision.at);
  if (targets) {
    memory.failures = 0;
    decision.computed = *targets;
    return;
  }
  decision.error = std::move(targets.error());
  ++memory.failures;
  if (!policy.fallback().any() || memory.failures < policy.fallback_after()) return;
  Result<Targets> fallback =
      compute_targets(policy, policy.fallback(), decision.observations, decision.current, memory.previous, decision.at);
  if (!fallback) {
    decision.error->message += "; the fallback fails, too: " + fallback.error().message;
    return;
  }
  decision.fell_back = true;
  decision.computed = *fallback;
}

// Since when each machine that waits for being idle does so.
void note_waiting(Memory& memory, const std::vector<BusyMachine>& waiting, WallTime now) {
  std::map<std::string, WallTime, std::less<>> since;
  for (const BusyMachine& machine : waiting) {
    const auto known = memory.busy_since.find(machine.id);
    since[machine.id] = known == memory.busy_since.end() ? now : known->second;
  }
  memory.busy_since = std::move(since);
}

// Only the created count is given, and none is too many.
bool wants_all(const Targets& wanted, const Standings& standings) {
  if (wanted.started.min || wanted.started.max) return false;
  return wanted.created.max && standings.created.down <= *wanted.created.max;
}

std::string reason_to_hold(const Policy& policy, const Memory& memory, WallTime now) {
  if (policy.paused()) return "the policy is paused";
  if (memory.hand && memory.hand->paused) return "paused " + by_hand(*memory.hand);
  if (now < memory.backoff.until) {
    const Duration left = std::chrono::ceil<std::chrono::seconds>(memory.backoff.until - now);
    return fmt::format("waiting {} after {} ticks in which every call failed", format_duration(left),
                       memory.backoff.failed_ticks);
  }
  return {};
}

}  // namespace

Decision decide(const Policy& policy, std::span<const Observation> observations, const Fleet& fleet,
                const Memory& memory, WallTime now) {
  Decision decision;
  decision.at = now;
  decision.observations.assign(observations.begin(), observations.end());
  decision.memory = memory;
  forget_old(decision.memory, fleet, policy.behavior(), now);

  // The list is only copied where it is older than an action of ours.
  std::optional<Fleet> corrected;
  if (!decision.memory.touched.empty()) corrected = with_own_actions(fleet, decision.memory);
  const Fleet& seen = corrected ? *corrected : fleet;
  decision.current = count(seen, now);
  const Standings standings = stand(decision.current, decision.memory, policy.rules().launch_created);

  find_targets(decision, policy);
  const std::optional<Hand>& hand = decision.memory.hand;
  const bool overridden = hand && !hand->paused;
  if (!decision.computed || overridden) hold_windows(policy, standings, decision.memory, now);
  if (!decision.computed && !overridden) return decision;
  Shaped shaped = overridden ? shape_by_hand(policy, *hand, decision.computed)
                             : shape(policy, *decision.computed, standings, decision.memory, now);
  decision.targets = shaped.targets;
  decision.stages = std::move(shaped.stages);

  const Ranks ranks = compute_ranks(policy, observations, seen, decision.current, decision.memory.previous, now);
  decision.warning = ranks.rank_problem;
  decision.plan = make_plan(policy.rules(), shaped.targets, seen, decision.memory, ranks, now);
  if (decision.plan.action == ActionKind::kNone && wants_all(shaped.wanted, standings)) {
    resume_drained(decision.plan, policy.rules(), seen, decision.memory, now);
  }
  if (decision.plan.action != ActionKind::kNone) decision.hold = reason_to_hold(policy, decision.memory, now);
  note_waiting(decision.memory, decision.plan.waiting, now);
  decision.memory.previous = shaped.targets;
  return decision;
}

}  // namespace fas::scale
