// How the referee counts machines and changes.
#include <algorithm>
#include <ranges>
#include <set>
#include <string_view>

#include "tests/simulation/referee.h"

namespace fas::simulation {
namespace {

using std::chrono::seconds;

// From the program's promises (scale/memory.h, scale/fleet.h): how long it makes up for a list that is behind its own
// actions, and how long a created machine is taken to be on its way up.
constexpr Duration kListLag = seconds(30);
constexpr std::chrono::seconds kLaunchWindow{60};

bool going(MachineState state) {
  return state == MachineState::kDestroying || state == MachineState::kDestroyed ||
         state == MachineState::kLaunchFailed;
}

MachineState led_to(ActKind kind) {
  switch (kind) {
    case ActKind::kStart: return MachineState::kStarting;
    case ActKind::kStop: return MachineState::kStopping;
    default: return MachineState::kDestroying;
  }
}

const SeenMachine* find(const Snapshot& list, std::string_view id) {
  const auto found = std::ranges::find(list.machines, id, &SeenMachine::id);
  return found == list.machines.end() ? nullptr : &*found;
}

}  // namespace

// An action that the process knows of and that the list does not show yet counts as done, where the list shows the
// machine just as the one did that the action was decided by.
MachineState Referee::state_of(const Tick& tick, const SeenMachine& machine, Doubt doubt) const {
  for (auto earlier = ticks_.rbegin(); earlier != ticks_.rend(); ++earlier) {
    if (earlier->number >= tick.number) continue;
    if (tick.decided - earlier->decided >= kListLag) break;
    const bool known = knows_of(tick, *earlier);
    if (!known && doubt == Doubt::kList) break;
    for (const Act& act : std::views::reverse(earlier->acts)) {
      if (act.machine != machine.id || !act.counts() || !act.effect) continue;
      if (!known && act.kind == ActKind::kStart) continue;
      if (*act.effect <= tick.made || *act.effect > tick.decided) continue;
      const SeenMachine* then = find(*earlier->list, machine.id);
      if (then != nullptr && then->updated_at == machine.updated_at) return led_to(act.kind);
    }
  }
  return machine.state;
}

bool Referee::launching(const Tick& tick, const SeenMachine& machine) const {
  return machine.state == MachineState::kCreated && tick.wall - machine.created_at < kLaunchWindow;
}

int Referee::unlisted_creates(const Tick& tick, Unlisted which) const {
  const auto listed = [](const Tick& by, const Act& act) {
    return std::ranges::find(by.list->machines, act.machine, &SeenMachine::name) != by.list->machines.end();
  };
  int count = 0;
  for (const Tick& earlier : ticks_) {
    if (earlier.number >= tick.number || earlier.process != tick.process) continue;
    if (tick.decided - earlier.decided >= kListLag) continue;
    for (const Act& act : earlier.acts) {
      if (act.kind != ActKind::kCreate || act.known != Known::kDone || !act.effect) continue;
      if (which == Unlisted::kThere && *act.effect <= tick.made) continue;
      const bool seen = std::ranges::any_of(ticks_, [&](const Tick& by) {
        return by.number > earlier.number && by.number <= tick.number && listed(by, act);
      });
      if (!seen) ++count;
    }
  }
  return count;
}

int Referee::created_count(const Tick& tick, Doubt doubt) const {
  return static_cast<int>(std::ranges::count_if(
      tick.list->machines, [&](const SeenMachine& machine) { return !going(state_of(tick, machine, doubt)); }));
}

int Referee::started_count(const Tick& tick) const {
  return static_cast<int>(std::ranges::count_if(tick.list->machines, [&](const SeenMachine& machine) {
    return state_of(tick, machine) == MachineState::kStarted;
  }));
}

int Referee::up_count(const Tick& tick, Unlisted which, Doubt doubt) const {
  int count = policy_.launch ? unlisted_creates(tick, which) : 0;
  for (const SeenMachine& machine : tick.list->machines) {
    switch (state_of(tick, machine, doubt)) {
      case MachineState::kStarted:
      case MachineState::kStarting:
      case MachineState::kRestarting:
      case MachineState::kReplacing:
      case MachineState::kUpdating: ++count; break;
      case MachineState::kCreated: count += launching(tick, machine) ? 1 : 0; break;
      default: break;
    }
  }
  return count;
}

int Referee::acted_on(const Tick& tick, ActKind kind) {
  std::set<std::string_view> machines;
  for (const Act& act : tick.acts) {
    if (act.kind == kind && act.counts()) machines.insert(act.machine);
  }
  return static_cast<int>(machines.size());
}

bool Referee::knows_of(const Tick& tick, const Tick& earlier) const {
  return earlier.process == tick.process || earlier.remembered;
}

int Referee::changes(const Tick& tick, bool created, bool up, Duration period, bool strict) const {
  // What is as old as the period to the millisecond may count or not.
  const Duration age = strict ? period - std::chrono::milliseconds(1) : period + std::chrono::milliseconds(1);
  int count = 0;
  for (const Tick& earlier : ticks_) {
    if (earlier.number >= tick.number) continue;
    // What a process knows from the one before, it may know with a wrong time.
    const bool surely_known = knows_of(tick, earlier);
    if (strict ? !surely_known || tick.decided - earlier.decided >= age
               : surely_known && tick.decided - earlier.decided >= age) {
      continue;
    }
    if (created) {
      count += acted_on(earlier, up ? ActKind::kCreate : ActKind::kDestroy);
    } else {
      count += acted_on(earlier, up ? ActKind::kStart : ActKind::kStop);
      // A create starts, and a destroy may stop a machine, too: the program may count that, but need not.
      if (!strict) count += acted_on(earlier, up ? ActKind::kCreate : ActKind::kDestroy);
    }
  }
  return count;
}

}  // namespace fas::simulation
