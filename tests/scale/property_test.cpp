// What holds of every decision, whatever the policy, the fleet and the past: tried on random ones. A failure prints the
// number of its case; FAS_CASE=N runs that one alone.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "scale/decision.h"
#include "scale/memory_json.h"
#include "scale/outcome.h"
#include "scale/slot.h"

namespace fas::scale {
namespace {

using std::chrono::seconds;

constexpr WallTime kNow{std::chrono::hours(24 * 365 * 50)};
// Of each property. Sanitizers look at the code more closely, not at more cases.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int kCases = 5'000;
#else
constexpr int kCases = 100'000;
#endif

class Dice {
 public:
  explicit Dice(int number) : random_(static_cast<std::mt19937::result_type>(number)) {}
  int roll(int lowest, int highest) { return std::uniform_int_distribution(lowest, highest)(random_); }
  bool chance(int percent) { return roll(1, 100) <= percent; }

 private:
  std::mt19937 random_;
};

DirectionRules random_direction(Dice& dice) {
  DirectionRules rules;
  if (dice.chance(30)) rules.stabilization_window = seconds(dice.roll(1, 300));
  if (dice.chance(20)) rules.cooldown = seconds(dice.roll(1, 300));
  for (int i = dice.chance(40) ? dice.roll(1, 2) : 0; i > 0; --i) {
    rules.policies.push_back({.type = dice.chance(50) ? StepType::kPercent : StepType::kMachines,
                              .value = dice.roll(1, 100),
                              .period = seconds(dice.roll(1, 120))});
  }
  rules.select = dice.chance(5) ? SelectPolicy::kDisabled : dice.chance(30) ? SelectPolicy::kMin : SelectPolicy::kMax;
  return rules;
}

// One random situation; the metric is `q`.
struct Situation {
  Policy policy;
  Fleet fleet;
  Memory memory;
};

Bounds random_bounds(Dice& dice, int least) {
  Bounds bounds;
  if (dice.chance(30)) bounds.min = dice.roll(least, 10);
  if (dice.chance(30)) bounds.max = std::max(dice.roll(least, 30), bounds.min.value_or(least));
  return bounds;
}

Policy random_policy(Dice& dice, bool shaped) {
  PolicyText text;
  const auto expression = [](std::string what) { return ExpressionText{.text = std::move(what), .where = "test"}; };
  if (dice.chance(80)) {
    text.counts.min_started = expression("q");
    text.counts.max_started = expression(dice.chance(50) ? "q" : "q + 3");
  }
  if (!text.counts.min_started || dice.chance(30)) {
    text.counts.min_created = expression("q");
    text.counts.max_created = expression(dice.chance(50) ? "q" : "q + 5");
  }
  PlanRules rules;
  if (shaped) {
    text.behavior = {.up = random_direction(dice), .down = random_direction(dice)};
    if (dice.chance(20)) text.behavior.tolerance = dice.roll(1, 50) / 100.0;
    text.limits = {.created = random_bounds(dice, 1), .started = random_bounds(dice, 0)};
    if (dice.chance(20)) rules.max_actions = dice.roll(1, 5);
    rules.scale_in_order = static_cast<ScaleInOrder>(dice.roll(0, 3));
    rules.scale_out_order = static_cast<ScaleOutOrder>(dice.roll(0, 1));
  }
  if (dice.chance(50)) rules.regions = {"iad", "fra", "syd"};
  rules.launch_created = dice.chance(70);
  return std::move(*Policy::compile(text, {{.name = "q"}}, std::move(rules)));
}

Fleet random_fleet(Dice& dice, bool lasting) {
  Fleet fleet;
  const int count = dice.roll(1, 15);
  for (int i = 0; i < count; ++i) {
    Machine machine{.id = "m" + std::to_string(100 + i), .region = dice.chance(50) ? "iad" : "fra"};
    machine.state = dice.chance(60) ? MachineState::kStarted : MachineState::kStopped;
    if (!lasting && dice.chance(30)) machine.state = static_cast<MachineState>(dice.roll(0, 14));
    machine.created_at = kNow - seconds(dice.roll(0, 1000));
    machine.leased = !lasting && dice.chance(10);
    machine.can_clone = lasting || dice.chance(90);
    fleet.machines.push_back(std::move(machine));
    if (dice.chance(50)) fleet.slots.push_back(i);
  }
  return fleet;
}

Memory random_memory(Dice& dice) {
  Memory memory;
  for (int i = dice.roll(0, 4); i > 0; --i) {
    memory.changes.push_back({.at = kNow - seconds(dice.roll(0, 300)),
                              .axis = dice.chance(50) ? Axis::kStarted : Axis::kCreated,
                              .by = dice.chance(50) ? dice.roll(1, 6) : -dice.roll(1, 6)});
  }
  for (int i = dice.roll(0, 2); i > 0; --i) {
    memory.pending.push_back({.slot = 20 + i,
                              .region = "iad",
                              .id = dice.chance(50) ? "new" + std::to_string(i) : "",
                              .at = kNow - seconds(dice.roll(0, 29))});
  }
  if (dice.chance(50)) {
    memory.windows.min_started = Window({{kNow - seconds(dice.roll(1, 300)), dice.roll(0, 20)}});
    memory.windows.max_started = Window({{kNow - seconds(dice.roll(1, 300)), dice.roll(0, 20)}});
  }
  return memory;
}

Decision decide_at(const Situation& situation, double q) {
  return decide(situation.policy, std::vector<Observation>{{.metric = "q", .value = q}}, situation.fleet,
                situation.memory, kNow);
}

void for_each_case(const std::function<void(Dice&)>& check) {
  const char* chosen = std::getenv("FAS_CASE");
  const int first = chosen == nullptr ? 0 : std::atoi(chosen);
  const int last = chosen == nullptr ? kCases : first + 1;
  for (int number = first; number < last; ++number) {
    SCOPED_TRACE("case " + std::to_string(number) + "; FAS_CASE=" + std::to_string(number) + " repeats it");
    Dice dice(number);
    check(dice);
    if (testing::Test::HasFailure()) return;
  }
}

bool at_most(const std::optional<int>& a, const std::optional<int>& b) { return !a || !b || *a <= *b; }

TEST(Property, TargetsAreMonotoneInTheMetric) {
  for_each_case([](Dice& dice) {
    const Situation s{random_policy(dice, true), random_fleet(dice, false), random_memory(dice)};
    const int less = dice.roll(0, 20);
    const int more = less + dice.roll(0, 10);
    const Targets low = *decide_at(s, less).targets;
    const Targets high = *decide_at(s, more).targets;
    EXPECT_TRUE(at_most(low.started.min, high.started.min) && at_most(low.started.max, high.started.max));
    EXPECT_TRUE(at_most(low.created.min, high.created.min) && at_most(low.created.max, high.created.max));
  });
}

bool within(const Bounds& bounds, const Bounds& limits) {
  const auto inside = [&](const std::optional<int>& end) {
    return !end || (at_most(limits.min, end) && at_most(end, limits.max));
  };
  return inside(bounds.min) && inside(bounds.max) && at_most(bounds.min, bounds.max);
}

bool may_be(ActionKind action, const Machine& machine) {
  const MachineState s = machine.state;
  if (machine.leased) return false;
  if (action == ActionKind::kStop) return s == MachineState::kStarted;
  const bool off = s == MachineState::kStopped || s == MachineState::kSuspended || s == MachineState::kCreated;
  if (action == ActionKind::kStart) return off;
  return off || s == MachineState::kStarted || s == MachineState::kFailed;
}

TEST(Property, PlansStayWithinWhatIsAllowed) {
  for_each_case([](Dice& dice) {
    const Situation s{random_policy(dice, true), random_fleet(dice, false), random_memory(dice)};
    const Decision decision = decide_at(s, dice.roll(0, 25));
    ASSERT_TRUE(decision.targets);
    EXPECT_TRUE(within(decision.targets->created, s.policy.limits().created));
    EXPECT_TRUE(within(decision.targets->started, s.policy.limits().started));
    const Plan& plan = decision.plan;
    EXPECT_EQ(plan.count == 0, plan.action == ActionKind::kNone);
    EXPECT_TRUE(s.policy.rules().max_actions == 0 || plan.count <= s.policy.rules().max_actions);
    const Standings standings = stand(decision.current, decision.memory, s.policy.rules().launch_created);
    switch (plan.action) {
      case ActionKind::kNone: break;
      case ActionKind::kCreate: {
        EXPECT_LE(standings.created.up + plan.count, *decision.targets->created.min);
        EXPECT_EQ(static_cast<int>(plan.creates.size()), plan.count);
        std::vector<int> slots = s.fleet.slots;
        for (const NewMachine& machine : plan.creates) {
          EXPECT_EQ(std::ranges::count(slots, machine.slot), 0);
          EXPECT_EQ(machine.name, slot_name("app", machine.slot));
          EXPECT_FALSE(machine.region.empty());
          slots.push_back(machine.slot);
        }
        break;
      }
      case ActionKind::kDestroy:
        EXPECT_GE(standings.created.down - plan.count, std::max(1, *decision.targets->created.max));
        break;
      case ActionKind::kStart: EXPECT_LE(standings.started.up + plan.count, *decision.targets->started.min); break;
      case ActionKind::kStop: EXPECT_GE(standings.started.down - plan.count, *decision.targets->started.max); break;
    }
    for (const Candidate& candidate : plan.candidates) {
      const auto machine = std::ranges::find(s.fleet.machines, candidate.id, &Machine::id);
      ASSERT_NE(machine, s.fleet.machines.end());
      EXPECT_TRUE(may_be(plan.action, *machine)) << candidate.id;
    }
  });
}

// Carries the plan out at once and in full, and shows it in the list.
void apply(const Plan& plan, Fleet& fleet) {
  for (const NewMachine& machine : plan.creates) {
    fleet.machines.push_back({.id = "new" + machine.name,
                              .region = machine.region,
                              .state = plan.launch ? MachineState::kStarted : MachineState::kStopped,
                              .created_at = kNow});
    fleet.slots.push_back(machine.slot);
  }
  for (int i = 0; plan.action != ActionKind::kCreate && i < plan.count; ++i) {
    const auto machine =
        std::ranges::find(fleet.machines, plan.candidates[static_cast<std::size_t>(i)].id, &Machine::id);
    if (plan.action == ActionKind::kDestroy) {
      fleet.machines.erase(machine);
    } else {
      machine->state = plan.action == ActionKind::kStart ? MachineState::kStarted : MachineState::kStopped;
    }
  }
}

TEST(Property, AConstantMetricIsReachedAndThenNothingIsDone) {
  for_each_case([](Dice& dice) {
    Situation s{random_policy(dice, false), random_fleet(dice, true), {}};
    const double q = dice.roll(0, 20);
    int acted = 0;
    for (int tick = 0; tick < 6; ++tick) {
      const Decision decision = decide_at(s, q);
      acted += decision.plan.action == ActionKind::kNone ? 0 : 1;
      EXPECT_TRUE(tick < 4 || decision.plan.action == ActionKind::kNone) << decision.plan.reason;
      apply(decision.plan, s.fleet);
      s.memory = decision.memory;
    }
    EXPECT_LE(acted, 3);
  });
}

TEST(Property, AMemorySurvivesItsText) {
  for_each_case([](Dice& dice) {
    Memory memory = random_memory(dice);
    if (dice.chance(50))
      memory.previous = Targets{.created = random_bounds(dice, 1), .started = random_bounds(dice, 0)};
    memory.full_regions["syd"] = kNow + seconds(dice.roll(-10, 100));
    memory.touched["m1"] = {
        .at = kNow, .becomes = MachineState::kStopping, .seen = kNow - seconds(5), .sure = dice.chance(50)};
    memory.burnt_slots[dice.roll(0, 9)] = kNow + seconds(60);
    memory.busy_since["m2"] = kNow - seconds(9);
    memory.cordoned["m4"] = kNow - seconds(dice.roll(0, 1000));
    memory.draining["m3"] = kNow - seconds(dice.roll(0, 1000));
    memory.backoff = {.failed_ticks = dice.roll(0, 5), .until = kNow + seconds(30)};
    EXPECT_EQ(parse_memory(memory_text(memory), kNow), memory) << memory_text(memory);
  });
}

TEST(MemoryText, GarbageCostsWhatItHeldAndNothingElse) {
  for (const char* text :
       {"", "x", "[]", "{\"pending\":[[1]]}", "{\"windows\":[[[1,2,3]],7]}", "{\"changes\":{\"a\":1}}",
        "{\"pending\":[[-1,\"iad\",\"\",0],[9999999999999,\"\",\"\",0]]}", "{\"backoff\":[-5,1e300]}"}) {
    const Memory memory = parse_memory(text, kNow);
    EXPECT_GE(memory.failures, 0);
    for (const PendingCreate& create : memory.pending) EXPECT_GE(create.slot, 0);
  }
}

TEST(MemoryText, TimesInTheFutureBecomeNow) {
  Memory memory;
  memory.changes = {{.at = kNow + std::chrono::hours(10), .axis = Axis::kStarted, .by = 1}};
  memory.backoff.until = kNow + std::chrono::hours(10);
  const Memory read = parse_memory(memory_text(memory), kNow);
  EXPECT_EQ(read.changes[0].at, kNow);
  EXPECT_EQ(read.backoff.until, kNow + std::chrono::minutes(2));
}

}  // namespace
}  // namespace fas::scale
