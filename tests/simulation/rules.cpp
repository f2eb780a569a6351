// What the referee does not let pass.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <string_view>

#include "tests/simulation/referee.h"

namespace fas::simulation {
namespace {

using sim::Action;

std::string_view count_name(bool created) { return created ? "created" : "started"; }

const std::optional<Range>& range_of(const Goal& goal, bool created) { return created ? goal.created : goal.started; }

int with_limits(const Policy& policy, bool created, int count) {
  if (created) return count;
  if (policy.floor_started) count = std::max(count, *policy.floor_started);
  if (policy.cap_started) count = std::min(count, *policy.cap_started);
  return count;
}

bool passing(const SeenMachine& machine, MachineState state, bool launching) {
  switch (state) {
    case MachineState::kStarted:
    case MachineState::kStopped:
    case MachineState::kSuspended:
    case MachineState::kFailed: return false;
    case MachineState::kCreated: return launching && machine.state == MachineState::kCreated;
    default: return true;
  }
}

std::set<std::string_view> stopped_or_destroyed(const Tick& tick) {
  std::set<std::string_view> machines;
  for (const Act& act : tick.acts) {
    if (act.counts() && (act.kind == ActKind::kStop || act.kind == ActKind::kDestroy)) machines.insert(act.machine);
  }
  return machines;
}

}  // namespace

Referee::Verdict Referee::judge(const Tick& tick, const Act& act) const {
  const std::string what = fmt::format("{} {}", to_string(act.kind), act.machine);
  if (act.sent > scenario_.settled) return violation_of("flapping", what + " though everything has settled");
  if (!tick.goal) return violation_of("blind", what + " without a metric");
  if (!tick.release) return violation_of("release", what + " without asking for a release");
  if (*tick.release) return violation_of("release", what + " though a release is in progress");
  if (auto wrong = judge_repeat(tick, act)) return wrong;
  if (auto wrong = judge_touch(tick, act)) return wrong;
  if (auto wrong = judge_count(tick, act)) return wrong;
  return judge_budget(tick);
}

// Within a tick a request is sent again only when it surely had no effect, and not for ever.
Referee::Verdict Referee::judge_repeat(const Tick& tick, const Act& act) const {
  std::size_t times = 0;
  for (const Act& other : tick.acts) {
    if (other.kind != act.kind || other.machine != act.machine) continue;
    ++times;
    if (other.known == Known::kUnknown) {
      return violation_of("repeated", fmt::format("{} {}, of which it is not known whether it has happened",
                                                  to_string(act.kind), act.machine));
    }
  }
  constexpr std::size_t kTries = 4;
  if (times <= kTries * std::max<std::size_t>(1, policy_.regions.size())) return std::nullopt;
  return violation_of("hammering",
                      fmt::format("{} {} for the {}th time in a tick", to_string(act.kind), act.machine, times));
}

Referee::Verdict Referee::judge_touch(const Tick& tick, const Act& act) const {
  if (act.kind == ActKind::kCreate) return std::nullopt;
  const auto machine = std::ranges::find(tick.list->machines, act.machine, &SeenMachine::id);
  const std::string what = fmt::format("{} {}", to_string(act.kind), act.machine);
  if (machine == tick.list->machines.end()) return violation_of("not-ours", what + ", which the list did not show");
  if (machine->leased) return violation_of("leased", what + ", on which somebody holds a lease");
  const MachineState state = state_of(tick, *machine);
  const std::string in_state = fmt::format("{} in state {}", what, to_string(state));
  if (passing(*machine, state, launching(tick, *machine))) return violation_of("passing", in_state);
  const bool started = state == MachineState::kStarted;
  const bool failed = state == MachineState::kFailed;
  if (act.kind == ActKind::kStart && (started || failed)) return violation_of("wrong-state", in_state);
  if (act.kind == ActKind::kStop && !started) return violation_of("wrong-state", in_state);
  return act.kind == ActKind::kStop && policy_.busy ? judge_busy(tick, act) : std::nullopt;
}

Referee::Verdict Referee::judge_count(const Tick& tick, const Act& act) const {
  switch (act.kind) {
    case ActKind::kStart: return judge_start(tick, act);
    case ActKind::kCreate: return judge_up(tick, true, acted_on(tick, ActKind::kCreate));
    case ActKind::kDestroy: return judge_down(tick, true, created_count(tick), acted_on(tick, ActKind::kDestroy));
    case ActKind::kStop: break;
  }
  auto as_stop = judge_down(tick, false, started_count(tick), acted_on(tick, ActKind::kStop));
  // A machine that is to be destroyed is stopped first.
  const auto leaving = static_cast<int>(stopped_or_destroyed(tick).size());
  auto as_destroy = judge_down(tick, true, created_count(tick), leaving);
  if (!as_destroy) as_destroy = judge_choice(tick);
  if (!as_stop || !as_destroy) return std::nullopt;
  return policy_.started ? as_stop : as_destroy;
}

// Where only the created count is set, what was stopped to be destroyed is started again if it is not to go after all.
Referee::Verdict Referee::judge_start(const Tick& tick, const Act& act) const {
  if (policy_.started) return judge_up(tick, false, acted_on(tick, ActKind::kStart));
  // A process that died before it had asked leaves it to the next to think that it had.
  if (!stopped_.contains(act.machine) && process_.number == 1) {
    return violation_of("not-asked", fmt::format("start {}, which we never asked to stop", act.machine));
  }
  const int wanted = tick.goal->created ? tick.goal->created->max : 0;
  if (created_count(tick) <= wanted) return std::nullopt;
  return violation_of("above-target",
                      fmt::format("start {} of {} created, {} wanted", act.machine, created_count(tick), wanted));
}

// A machine at work is stopped only when it has been at work for as long as the policy waits.
Referee::Verdict Referee::judge_busy(const Tick& tick, const Act& act) const {
  const std::string what = fmt::format("stop {}", act.machine);
  if (!tick.busy) return violation_of("busy", what + " though it is not known who is busy");
  const auto is_busy = [&](const Tick& then) {
    if (!then.busy) return true;  // nobody knows
    const auto found = then.busy->find(act.machine);
    return found != then.busy->end() && found->second > 0;
  };
  if (!is_busy(tick)) return std::nullopt;
  if (policy_.busy_timeout.count() == 0) return violation_of("busy", what + ", which is busy");
  for (const Tick& earlier : ticks_) {
    if (earlier.process != tick.process || tick.decided - earlier.decided >= policy_.busy_timeout) continue;
    if (!is_busy(earlier)) return violation_of("busy", what + ", which is busy since not long");
  }
  return std::nullopt;
}

// Of a tick that is over: is all that it did in the history?
Referee::Verdict Referee::judge_record(const Tick& tick) const {
  if (tick.acts.empty()) return std::nullopt;
  if (!tick.record) return violation_of("unrecorded", "a tick with actions left nothing in the history");
  for (const Act& act : tick.acts) {
    const bool stop_to_destroy = act.kind == ActKind::kStop && tick.record->action == "destroy";
    const bool same = tick.record->action == to_string(act.kind) || stop_to_destroy;
    if (same && tick.record->decision.find(act.machine) != std::string::npos) continue;
    return violation_of("unrecorded",
                        fmt::format("{} {} is not in the tick's record", to_string(act.kind), act.machine));
  }
  return std::nullopt;
}

// A running machine is stopped to be destroyed only when there are too few that are idle, or will be soon.
Referee::Verdict Referee::judge_choice(const Tick& tick) const {
  const int excess = created_count(tick) - down_limit(tick, true).value_or(0);
  const auto idle = static_cast<int>(std::ranges::count_if(tick.list->machines, [&](const SeenMachine& machine) {
    if (machine.leased) return false;
    switch (state_of(tick, machine)) {
      case MachineState::kStopped:
      case MachineState::kSuspended:
      case MachineState::kFailed:
      case MachineState::kStopping:
      case MachineState::kSuspending: return true;
      default: return false;
    }
  }));
  const int running = acted_on(tick, ActKind::kStop);
  if (running <= std::max(0, excess - idle + tick.refusals)) return std::nullopt;
  return violation_of("idle-first",
                      fmt::format("{} running machines of {} too many are stopped to be destroyed, and {} "
                                  "are idle or stopping",
                                  running, excess, idle));
}

std::optional<int> Referee::up_limit(const Tick& tick, bool created) const {
  const auto& range = range_of(*tick.goal, created);
  if (!range) return std::nullopt;
  int limit = range->min;
  for (const Tick& earlier : ticks_) {
    if (earlier.number >= tick.number || tick.decided - earlier.decided >= policy_.up.window) continue;
    if (!knows_of(tick, earlier) || !earlier.goal || !range_of(*earlier.goal, created)) continue;
    limit = std::min(limit, range_of(*earlier.goal, created)->min);
  }
  return with_limits(policy_, created, std::min(limit, range->max));
}

std::optional<int> Referee::down_limit(const Tick& tick, bool created) const {
  const auto& range = range_of(*tick.goal, created);
  if (!range) return std::nullopt;
  int limit = range->max;
  for (const Tick& earlier : ticks_) {
    if (earlier.number >= tick.number || tick.decided - earlier.decided >= policy_.down.window) continue;
    if (!knows_of(tick, earlier) || !earlier.goal || !range_of(*earlier.goal, created)) continue;
    limit = std::max(limit, range_of(*earlier.goal, created)->max);
  }
  return with_limits(policy_, created, limit);
}

Referee::Verdict Referee::judge_up(const Tick& tick, bool created, int acted) const {
  const auto count = [&](Unlisted which, Doubt doubt) {
    return created ? created_count(tick, doubt) + unlisted_creates(tick, which) : up_count(tick, which, doubt);
  };
  const int before = count(Unlisted::kThere, Doubt::kActions);
  const auto limit = up_limit(tick, created);
  if (!limit || before + acted > *limit) {
    return violation_of("above-target", fmt::format("{} {}, {} more now, and at most {} wanted", before,
                                                    count_name(created), acted, limit.value_or(0)));
  }
  if (!created && policy_.floor_started && before + acted <= *policy_.floor_started) return std::nullopt;
  return judge_pace(tick, created, true, count(Unlisted::kBelieved, Doubt::kList), acted);
}

Referee::Verdict Referee::judge_down(const Tick& tick, bool created, int before, int acted) const {
  const auto limit = down_limit(tick, created);
  if (!limit || before - acted < *limit) {
    return violation_of("below-target", fmt::format("{} {}, {} fewer now, and at least {} wanted", before,
                                                    count_name(created), acted, limit.value_or(0)));
  }
  if (created && before - acted < 1) return violation_of("last-machine", "the last machine is destroyed");
  if (!created && policy_.cap_started && before - acted >= *policy_.cap_started) return std::nullopt;
  return judge_pace(tick, created, false, before, acted);
}

Referee::Verdict Referee::judge_pace(const Tick& tick, bool created, bool up, int before, int acted) const {
  const Direction& rules = up ? policy_.up : policy_.down;
  const std::string_view way = up ? "up" : "down";
  if (rules.select == Select::kDisabled) return violation_of("disabled", fmt::format("a change {}", way));
  if (rules.cooldown.count() > 0 && changes(tick, created, up, rules.cooldown, true) > 0) {
    return violation_of("cooldown",
                        fmt::format("a change {} within {} of the last", way, format_duration(rules.cooldown)));
  }
  if (rules.steps.empty()) return std::nullopt;
  bool any = false;
  bool all = true;
  std::string which;
  for (const Step& step : rules.steps) {
    const int added = changes(tick, created, true, step.period, up);
    const int removed = changes(tick, created, false, step.period, !up);
    const int start = before - added + removed;
    double reach = 0;
    if (step.percent) {
      const double changed = start * (1 + (up ? step.value : -step.value) / 100.0);
      reach = up ? std::max(std::ceil(changed - 1e-9), start + 1.0) : std::floor(changed + 1e-9);
    } else {
      reach = up ? start + step.value : start - step.value;
    }
    const bool allowed = up ? before + acted <= reach : before - acted >= reach;
    any = any || allowed;
    all = all && allowed;
    if (!allowed) which = fmt::format("{}{} per {}", step.value, step.percent ? "%" : "", format_duration(step.period));
  }
  if (rules.select == Select::kMin ? all : any) return std::nullopt;
  return violation_of("step", fmt::format("{} {} at once from {}, against {}", acted, way, before, which));
}

Referee::Verdict Referee::judge_budget(const Tick& tick) const {
  if (policy_.budget == 0) return std::nullopt;
  const int acted = acted_on(tick, ActKind::kStart) + acted_on(tick, ActKind::kCreate) +
                    static_cast<int>(stopped_or_destroyed(tick).size());
  if (acted <= policy_.budget) return std::nullopt;
  return violation_of("budget", fmt::format("{} machines in one tick, at most {} allowed", acted, policy_.budget));
}

// Counted in the world itself: of the machines that the create's own decision saw, those that are left, and those that
// we have made since.
Referee::Verdict Referee::judge_effect(const Act& act) const {
  const auto tick = std::ranges::find(ticks_, act.tick, &Tick::number);
  if (tick == ticks_.end()) return std::nullopt;
  std::set<std::string_view> made;
  int wanted = 0;
  for (const Tick& other : ticks_) {
    for (const Act& create : other.acts) {
      if (create.kind == ActKind::kCreate && create.effect && *create.effect > tick->made) made.insert(create.machine);
    }
    if (other.number < tick->number || !other.goal || !other.goal->created) continue;
    wanted = std::max(wanted, std::min(other.goal->created->min, other.goal->created->max));
  }
  int count = 0;
  for (const auto& [index, machine] : stage_.app().machines) {
    const bool going = machine.state == MachineState::kDestroyed || machine.state == MachineState::kDestroying ||
                       machine.state == MachineState::kLaunchFailed;
    if (going || !Stage::in_group(machine)) continue;
    const bool seen =
        std::ranges::find(tick->list->machines, machine.id, &SeenMachine::id) != tick->list->machines.end();
    if (seen || made.contains(machine.name)) ++count;
  }
  if (count <= wanted) return std::nullopt;
  return violation_of("doubled-create", fmt::format("{} makes {} machines of {} wanted", act.machine, count, wanted));
}

Referee::Verdict Referee::judge_rate(const Exchange& exchange) {
  const sim::Route& route = exchange.route;
  if (route.app.empty()) return std::nullopt;
  const double rate = route.action == Action::kGet ? 5 : 1;
  const double burst = route.action == Action::kGet ? 10 : 3;
  const std::string key = fmt::format("{} {}", sim::to_string(route.action), route.machine);
  const Duration now = stage_.timeline().now();
  auto& [tokens, at] = buckets_.try_emplace(key, burst, now).first->second;
  tokens = std::min(burst, tokens + std::chrono::duration<double>(now - at).count() * rate);
  at = now;
  if (tokens < 1 - 1e-6) return violation_of("rate", fmt::format("{} is sent faster than the API allows", key));
  tokens -= 1;
  return std::nullopt;
}

// No machine was left on the way between two states.
Referee::Verdict Referee::judge_left_behind() const {
  // Whoever starts a machine that is about to be destroyed does not know it.
  const bool by_others =
      std::ranges::find(scenario_.events, EventKind::kOthersStart, &Event::kind) != scenario_.events.end();
  if (by_others) return std::nullopt;
  for (const auto& [index, machine] : stage_.app().machines) {
    if (machine.cordoned && machine.state == MachineState::kStarted && !forgot_) {
      return violation_of("left-cordoned", fmt::format("{} runs and gets no requests", machine.id));
    }
    // Where only the created count is set, nothing else starts a machine again that was stopped to be destroyed.
    const bool idle = machine.state == MachineState::kStopped || machine.state == MachineState::kSuspended;
    const auto stopped = stopped_.find(machine.id);
    if (idle && !policy_.started && !forgot_ && stopped != stopped_.end() && stopped->second) {
      return violation_of("left-stopped", fmt::format("{} was stopped to be destroyed, and was not", machine.id));
    }
  }
  return std::nullopt;
}

// Everything is as the policy wants it, as far as the machines allow.
Referee::Verdict Referee::judge_settled() const {
  if (auto wrong = judge_left_behind()) return wrong;
  const Goal goal = policy_.goal(stage_.metric().depth(stage_.timeline().now()));
  int created = 0;
  int started = 0;
  int startable = 0;
  for (const auto& [index, machine] : stage_.app().machines) {
    if (machine.state == MachineState::kDestroyed || !Stage::in_group(machine)) continue;
    ++created;
    started += machine.state == MachineState::kStarted ? 1 : 0;
    startable += machine.state == MachineState::kFailed ? 0 : 1;
  }
  if (created == 0) return std::nullopt;  // nothing to make machines from
  const auto unfit = [&](int count, Range range, int possible) {
    const int low = std::min({range.min, range.max, possible});
    const bool below = count < low && policy_.up.select != Select::kDisabled && !within_tolerance(range.min, count);
    const bool above =
        count > range.max && policy_.down.select != Select::kDisabled && !within_tolerance(range.max, count);
    return below || above;
  };
  const auto verdict = [&](int count, Range range, bool is_created) {
    return violation_of("not-settled",
                        fmt::format("{} {}, {} to {} wanted", count, count_name(is_created), range.min, range.max));
  };
  if (goal.created && unfit(created, *goal.created, 1000)) return verdict(created, *goal.created, true);
  if (!goal.started) return std::nullopt;
  const Range range{with_limits(policy_, false, goal.started->min), with_limits(policy_, false, goal.started->max)};
  if (unfit(started, range, startable)) return verdict(started, range, false);
  return std::nullopt;
}

}  // namespace fas::simulation
