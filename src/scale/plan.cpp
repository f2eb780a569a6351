#include "scale/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>

namespace fas::scale {
namespace {

Candidate candidate(const Machine& machine) {
  return {.id = machine.id, .region = machine.region, .state = machine.state, .has_volume = machine.has_volume};
}

// Machines of the given states that nobody holds a lease on, by id within a state, states in the given order.
std::vector<Candidate> candidates_in(const Fleet& fleet, std::span<const MachineState> order, WallTime now) {
  std::vector<Candidate> result;
  for (const MachineState state : order) {
    const auto first = std::ssize(result);
    for (const Machine& machine : fleet.machines) {
      if (machine.state == state && !machine.leased && !is_launching(machine, now))
        result.push_back(candidate(machine));
    }
    std::ranges::sort(result.begin() + first, result.end(), {}, &Candidate::id);
  }
  return result;
}

// Asks for `wanted` machines out of plan.candidates; says so when there are fewer.
void take(Plan& plan, int wanted, std::string_view what) {
  plan.count = std::min(wanted, static_cast<int>(plan.candidates.size()));
  if (plan.count < wanted) {
    plan.problem = fmt::format("{} of {} machines can be {}: the others are in a passing state, leased or do not exist",
                               plan.count, wanted, what);
  }
  if (plan.count == 0) plan.action = ActionKind::kNone;
}

std::string create_name(DecisionId id, int index) { return fmt::format("fas-{:016x}-{}", id, index); }

Plan plan_create(const PlanRules& rules, int have, int want, const Fleet& fleet, const Memory& memory, DecisionId id) {
  Plan plan{.action = ActionKind::kCreate, .launch = rules.launch_created};
  plan.reason = fmt::format("{} created, at least {} wanted", have, want);
  const auto source = std::ranges::find_if(fleet.machines, &Machine::can_clone);
  if (source == fleet.machines.end()) {
    plan.action = ActionKind::kNone;
    plan.problem = "no machine available to clone for scale up";
    if (!fleet.machines.empty()) {
      plan.problem += ": every machine has a volume mounted or an incomplete configuration";
    }
    return plan;
  }
  plan.clone_of = source->id;
  plan.count = want - have;
  // A name whose create had an unknown outcome comes first: if the machine exists after all, the API refuses the name.
  for (const PendingCreate& lost : memory.pending) {
    if (lost.id.empty() && std::ssize(plan.creates) < plan.count) plan.creates.push_back({lost.name, lost.region});
  }
  std::size_t region = memory.next_region;
  for (int index = 0; std::ssize(plan.creates) < plan.count; ++index) {
    plan.creates.push_back({create_name(id, index),
                            rules.regions.empty() ? source->region : rules.regions[region++ % rules.regions.size()]});
  }
  return plan;
}

Plan plan_destroy(int have, int want, const Fleet& fleet, WallTime now) {
  // The Go program's order, with the states that it leaves out (suspended, failed) put where they hurt least.
  constexpr std::array kOrder = {MachineState::kStopped, MachineState::kSuspended, MachineState::kCreated,
                                 MachineState::kFailed, MachineState::kStarted};
  Plan plan{.action = ActionKind::kDestroy, .candidates = candidates_in(fleet, kOrder, now)};
  plan.reason = fmt::format("{} created, at most {} wanted", have, want);
  std::ranges::stable_partition(plan.candidates, [](const Candidate& c) { return !c.has_volume; });
  take(plan, have - want, "destroyed");
  return plan;
}

Plan plan_start(int have, int want, const Fleet& fleet, WallTime now) {
  constexpr std::array kOrder = {MachineState::kStopped, MachineState::kSuspended, MachineState::kCreated};
  Plan plan{.action = ActionKind::kStart, .candidates = candidates_in(fleet, kOrder, now)};
  plan.reason = fmt::format("{} started or on the way, at least {} wanted", have, want);
  take(plan, want - have, "started");
  return plan;
}

Plan plan_stop(int have, int want, const Fleet& fleet, WallTime now) {
  constexpr std::array kOrder = {MachineState::kStarted};
  Plan plan{.action = ActionKind::kStop, .candidates = candidates_in(fleet, kOrder, now)};
  plan.reason = fmt::format("{} started, at most {} wanted", have, want);
  take(plan, have - want, "stopped");
  return plan;
}

// Where the two ends cross, the maximum wins: it is what bounds the bill. The Go program would start and stop by turns.
std::optional<int> floor_of(const Bounds& bounds) {
  if (!bounds.min || !bounds.max) return bounds.min;
  return std::min(*bounds.min, *bounds.max);
}

}  // namespace

std::string_view to_string(ActionKind kind) {
  switch (kind) {
    case ActionKind::kNone: return "no_scale";
    case ActionKind::kCreate: return "create";
    case ActionKind::kDestroy: return "destroy";
    case ActionKind::kStart: return "start";
    case ActionKind::kStop: return "stop";
  }
  return "no_scale";
}

Plan make_plan(const PlanRules& rules, const Targets& targets, const Fleet& fleet, const Memory& memory, DecisionId id,
               WallTime now) {
  const Counts counts = count(fleet, now);
  // Created a moment ago according to the API's own reply, though the list does not show it yet.
  const int unlisted = static_cast<int>(
      std::ranges::count_if(memory.pending, [](const PendingCreate& create) { return !create.id.empty(); }));
  const int created = counts.created + unlisted;
  const int coming = counts.started + counts.coming_up + (rules.launch_created ? unlisted : 0);
  const std::optional<int> min_created = floor_of(targets.created);
  const std::optional<int> min_started = floor_of(targets.started);

  // The first rule that applies and for which there is a machine to act on; why an earlier one came to nothing is kept.
  std::string problem;
  const auto found = [&problem](Plan& plan) {
    if (!problem.empty()) plan.problem = plan.problem.empty() ? problem : problem + "; " + plan.problem;
    problem = plan.problem;
    return plan.action != ActionKind::kNone;
  };
  Plan plan;
  if (min_created && created < *min_created) {
    plan = plan_create(rules, created, *min_created, fleet, memory, id);
    if (found(plan)) return plan;
  }
  // Only machines that the list shows are destroyed or stopped, so only those count here.
  if (targets.created.max && counts.created > *targets.created.max) {
    plan = plan_destroy(counts.created, *targets.created.max, fleet, now);
    if (found(plan)) return plan;
  }
  if (min_started && coming < *min_started) {
    plan = plan_start(coming, *min_started, fleet, now);
    if (found(plan)) return plan;
  }
  if (targets.started.max && counts.started > *targets.started.max) {
    plan = plan_stop(counts.started, *targets.started.max, fleet, now);
    if (found(plan)) return plan;
  }
  return Plan{.problem = problem};
}

}  // namespace fas::scale
