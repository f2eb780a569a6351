#include "scale/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>
#include <set>
#include <span>
#include <utility>

#include "scale/slot.h"
#include "scale/standing.h"

namespace fas::scale {
namespace {

// What the planning of every kind of action looks at.
struct Scene {
  const PlanRules& rules;
  const Fleet& fleet;
  const Memory& memory;
  const Ranks& ranks;
  WallTime now;
};

std::string machines(int count) { return fmt::format("{} machine{}", count, count == 1 ? "" : "s"); }

bool is_idle(MachineState state) { return state == MachineState::kStopped || state == MachineState::kSuspended; }

// New machines of one tick, at most: far more than the API's rate limits let through. An expression that is wrong by
// orders of magnitude must cost no more than its tick.
constexpr int kMostCreates = 1000;

// No more than the budget of one tick.
void keep_budget(Plan& plan, const PlanRules& rules) {
  if (rules.max_actions == 0 || plan.count <= rules.max_actions) return;
  plan.reason += fmt::format("; max-actions-per-tick allows {} of {} now", rules.max_actions, plan.count);
  plan.count = rules.max_actions;
  if (plan.action == ActionKind::kCreate) plan.creates.resize(static_cast<std::size_t>(plan.count));
}

// Asks for `wanted` machines out of plan.candidates; says so when there are fewer.
void take(Plan& plan, int wanted, std::string_view what, const PlanRules& rules) {
  const int found = static_cast<int>(plan.candidates.size());
  plan.count = std::min(wanted, found);
  const int waiting = static_cast<int>(plan.waiting.size());
  if (plan.count + waiting < wanted) {
    plan.problem = fmt::format("{} of {} machines can be {}: the others are in a passing state, leased or do not exist",
                               plan.count, wanted, what);
  }
  if (waiting > 0) plan.reason += fmt::format("; {} left until idle, being busy", machines(waiting));
  if (plan.count == 0) plan.action = ActionKind::kNone;
  keep_budget(plan, rules);
}

// Of machines that run, ordered as they are to go, those that may go now: up to `wanted`, busy ones are set aside.
void set_busy_aside(Plan& plan, std::size_t first, int wanted, const Scene& scene) {
  int left = wanted - static_cast<int>(first);
  std::vector<Candidate> kept(plan.candidates.begin(), plan.candidates.begin() + static_cast<std::ptrdiff_t>(first));
  for (std::size_t i = first; i < plan.candidates.size(); ++i) {
    Candidate& candidate = plan.candidates[i];
    const auto busy = scene.ranks.busy.find(candidate.id);
    const bool is_busy = busy != scene.ranks.busy.end() && busy->second > 0;
    if (is_busy) {
      const auto since = scene.memory.busy_since.find(candidate.id);
      const bool waited = scene.rules.busy_timeout.count() > 0 && since != scene.memory.busy_since.end() &&
                          scene.now - since->second >= scene.rules.busy_timeout;
      if (!waited) {
        if (left-- > 0) plan.waiting.push_back({.id = candidate.id, .value = busy->second});
        continue;
      }
    }
    --left;
    kept.push_back(std::move(candidate));
  }
  plan.candidates = std::move(kept);
}

// The lowest free places; those of creates with an unknown outcome come first: if the machine exists after all, the API
// refuses the name.
std::vector<NewMachine> new_machines(int count, const Scene& scene) {
  std::vector<NewMachine> result;
  std::set<int> taken(scene.fleet.slots.begin(), scene.fleet.slots.end());
  for (const auto& [slot, until] : scene.memory.burnt_slots) taken.insert(slot);
  for (const PendingCreate& create : scene.memory.pending) {
    if (create.id.empty() && std::ssize(result) < count) {
      result.push_back({.slot = create.slot, .name = {}, .region = create.region});
    }
    taken.insert(create.slot);
  }
  for (int slot = 0; std::ssize(result) < count; ++slot) {
    if (!taken.contains(slot)) result.push_back({.slot = slot, .name = {}, .region = {}});
  }
  for (NewMachine& machine : result) machine.name = slot_name(scene.rules.process_group, machine.slot);
  return result;
}

// The policy's regions without those that had no room lately; all of them where none is left.
std::vector<std::string> open_regions(const Scene& scene) {
  std::vector<std::string> open;
  for (const std::string& region : scene.rules.regions) {
    if (!scene.memory.full_regions.contains(region)) open.push_back(region);
  }
  return open.empty() ? scene.rules.regions : open;
}

void spread_over_regions(Plan& plan, const std::string& source_region, const Scene& scene) {
  plan.regions = open_regions(scene);
  if (plan.regions.empty()) {
    for (NewMachine& machine : plan.creates) {
      if (machine.region.empty()) machine.region = source_region;
    }
    return;
  }
  std::map<std::string, int> counts;
  for (const std::string& region : plan.regions) counts[region] = 0;
  for (const Machine& machine : scene.fleet.machines) {
    if (const auto region = counts.find(machine.region); region != counts.end()) ++region->second;
  }
  std::size_t next = scene.memory.next_region;
  for (NewMachine& machine : plan.creates) {
    if (!machine.region.empty()) continue;
    if (scene.rules.scale_out_order == ScaleOutOrder::kRegionBalance) {
      machine.region = *std::ranges::min_element(plan.regions, {}, [&](const auto& region) { return counts[region]; });
    } else {
      machine.region = plan.regions[next++ % plan.regions.size()];
    }
    ++counts[machine.region];
  }
}

Plan plan_create(int have, int want, const Scene& scene) {
  Plan plan{.action = ActionKind::kCreate, .launch = scene.rules.launch_created};
  plan.reason = fmt::format("{} created, at least {} wanted", have, want);
  const auto source = std::ranges::find_if(scene.fleet.machines, &Machine::can_clone);
  if (source == scene.fleet.machines.end()) {
    plan.action = ActionKind::kNone;
    plan.problem = "no machine available to clone for scale up";
    if (!scene.fleet.machines.empty()) {
      plan.problem += ": every machine has a volume mounted or an incomplete configuration";
    }
    return plan;
  }
  plan.clone_of = source->id;
  plan.count = want - have;
  if (plan.count > kMostCreates) {
    plan.reason += fmt::format("; {} of {} in this tick", kMostCreates, plan.count);
    plan.count = kMostCreates;
  }
  plan.creates = new_machines(plan.count, scene);
  spread_over_regions(plan, source->region, scene);
  if (!scene.rules.regions.empty() && plan.regions.size() < scene.rules.regions.size()) {
    std::string full;
    for (const auto& [region, until] : scene.memory.full_regions) full += (full.empty() ? "" : ", ") + region;
    plan.reason += fmt::format("; not in {}, which had no room", full);
  }
  keep_budget(plan, scene.rules);
  return plan;
}

// The running machines that have to go, in their order, behind the others; none of them while it is not known who is
// busy.
void add_running(Plan& plan, int wanted, const Scene& scene) {
  constexpr std::array kRunning = {MachineState::kStarted};
  const std::size_t first = plan.candidates.size();
  std::vector<Candidate> running = candidates_in(scene.fleet, kRunning, scene.now);
  order_for_scale_in(running, scene.fleet, scene.ranks, scene.rules.scale_in_order);
  std::ranges::move(running, std::back_inserter(plan.candidates));
  set_busy_aside(plan, first, wanted, scene);
}

// Those that stop, and those that have stopped to be destroyed and are still leased by who began it.
int stopping_machines(const Scene& scene) {
  return static_cast<int>(std::ranges::count_if(scene.fleet.machines, [&](const Machine& machine) {
    if (machine.state == MachineState::kStopping || machine.state == MachineState::kSuspending) return true;
    return machine.leased && is_idle(machine.state) && scene.memory.draining.contains(machine.id);
  }));
}

Plan plan_destroy(int have, int want, const Scene& scene) {
  // The Go program's order, with the states that it leaves out (suspended, failed) put where they hurt least.
  constexpr std::array kIdle = {MachineState::kStopped, MachineState::kSuspended, MachineState::kCreated,
                                MachineState::kFailed};
  Plan plan{.action = ActionKind::kDestroy, .candidates = candidates_in(scene.fleet, kIdle, scene.now)};
  plan.reason = fmt::format("{} created, at most {} wanted", have, want);
  int wanted = std::min(have - want, have - 1);  // the last machine is never destroyed
  // First those that were stopped for it.
  std::ranges::stable_partition(plan.candidates,
                                [&](const Candidate& c) { return scene.memory.draining.contains(c.id); });
  // Machines that are stopping, most likely to be destroyed, are idle soon: no running one is taken in their place.
  const int idle = static_cast<int>(plan.candidates.size());
  const int stopping = std::clamp(stopping_machines(scene), 0, std::max(wanted - idle, 0));
  if (stopping > 0) plan.reason += fmt::format("; {} stopping first", machines(stopping));
  wanted -= stopping;
  const bool enough = idle >= wanted;
  if (!enough && scene.ranks.busy_known) add_running(plan, wanted, scene);
  std::ranges::stable_partition(plan.candidates, [](const Candidate& c) { return !c.has_volume; });
  take(plan, wanted, "destroyed", scene.rules);
  if (!enough && !scene.ranks.busy_known) plan.problem = scene.ranks.problem;
  return plan;
}

Plan plan_start(int have, int want, const Scene& scene) {
  constexpr std::array kOrder = {MachineState::kStopped, MachineState::kSuspended, MachineState::kCreated};
  Plan plan{.action = ActionKind::kStart, .candidates = candidates_in(scene.fleet, kOrder, scene.now)};
  plan.reason = fmt::format("{} started or on the way, at least {} wanted", have, want);
  if (scene.rules.scale_out_order == ScaleOutOrder::kRegionBalance) {
    std::map<std::string, int> started;
    for (const Machine& machine : scene.fleet.machines) {
      started[machine.region] += machine.state == MachineState::kStarted || machine.state == MachineState::kStarting;
    }
    balance_regions(plan.candidates, std::move(started), Balance::kGive);
  }
  take(plan, want - have, "started", scene.rules);
  return plan;
}

Plan plan_stop(int have, int want, const Scene& scene) {
  Plan plan{.action = ActionKind::kStop};
  plan.reason = fmt::format("{} started, at most {} wanted", have, want);
  if (scene.ranks.busy_known) add_running(plan, have - want, scene);
  take(plan, have - want, "stopped", scene.rules);
  // A busy metric that could not be read says nothing about who is idle: nobody is stopped then.
  if (!scene.ranks.busy_known) plan.problem = scene.ranks.problem;
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

Plan make_plan(const PlanRules& rules, const Targets& targets, const Fleet& fleet, const Memory& memory,
               const Ranks& ranks, WallTime now) {
  const Scene scene{rules, fleet, memory, ranks, now};
  const Standings standings = stand(count(fleet, now), memory, rules.launch_created);
  const std::optional<int> min_created = floor_of(targets.created);
  const std::optional<int> min_started = floor_of(targets.started);

  // The first rule that applies and for which there is a machine to act on; why an earlier one came to nothing is kept.
  std::string problem;
  std::vector<BusyMachine> waiting;
  const auto found = [&](Plan& plan) {
    if (!problem.empty()) plan.problem = plan.problem.empty() ? problem : problem + "; " + plan.problem;
    problem = plan.problem;
    std::ranges::move(waiting, std::back_inserter(plan.waiting));
    waiting = plan.waiting;
    return plan.action != ActionKind::kNone;
  };
  Plan plan;
  if (min_created && standings.created.up < *min_created) {
    plan = plan_create(standings.created.up, *min_created, scene);
    if (found(plan)) return plan;
  }
  if (targets.created.max && standings.created.down > *targets.created.max) {
    plan = plan_destroy(standings.created.down, *targets.created.max, scene);
    if (found(plan)) return plan;
  }
  if (min_started && standings.started.up < *min_started) {
    plan = plan_start(standings.started.up, *min_started, scene);
    if (found(plan)) return plan;
  }
  if (targets.started.max && standings.started.down > *targets.started.max) {
    plan = plan_stop(standings.started.down, *targets.started.max, scene);
    if (found(plan)) return plan;
  }
  Plan nothing;
  nothing.problem = std::move(problem);
  nothing.waiting = std::move(waiting);
  if (!nothing.waiting.empty()) nothing.reason = std::move(plan.reason);
  return nothing;
}

void resume_drained(Plan& plan, const PlanRules& rules, const Fleet& fleet, const Memory& memory, WallTime now) {
  constexpr std::array kIdle = {MachineState::kStopped, MachineState::kSuspended};
  std::vector<Candidate> drained = candidates_in(fleet, kIdle, now);
  std::erase_if(drained, [&](const Candidate& candidate) { return !memory.draining.contains(candidate.id); });
  if (drained.empty()) return;
  plan.action = ActionKind::kStart;
  plan.count = static_cast<int>(drained.size());
  plan.candidates = std::move(drained);
  plan.reason = fmt::format("{} stopped to be destroyed, and wanted after all", machines(plan.count));
  keep_budget(plan, rules);
}

}  // namespace fas::scale
