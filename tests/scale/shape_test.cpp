// Windows, steps, cooldowns, tolerance, floors and ceilings, each alone and through decide(). The examples marked HPA
// are those of https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/
#include "scale/shape.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "scale/decision.h"
#include "scale/outcome.h"

namespace fas::scale {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr WallTime kNow{std::chrono::hours(24 * 365 * 50)};

struct StepCase {
  std::string_view name;
  std::vector<StepPolicy> policies;
  SelectPolicy select;
  std::vector<Change> changes;
  int current;
  int limit;
};

StepPolicy pods(int value, Duration period = seconds(60)) { return {StepType::kMachines, value, period}; }
StepPolicy percent(int value, Duration period = seconds(60)) { return {StepType::kPercent, value, period}; }
Change change(int by, Duration ago) {
  return {kNow - std::chrono::duration_cast<WallTime::duration>(ago), Axis::kStarted, by};
}

TEST(Steps, HowFarDown) {
  for (const StepCase& c : std::initializer_list<StepCase>{
           {"HPA: 10% of 80 is more than 4", {pods(4), percent(10)}, SelectPolicy::kMax, {}, 80, 72},
           {"HPA: 10% of 72 is 7.2, rounded up to 8", {pods(4), percent(10)}, SelectPolicy::kMax, {}, 72, 64},
           {"HPA: below 40 the 4 pods are more", {pods(4), percent(10)}, SelectPolicy::kMax, {}, 39, 35},
           {"HPA: at 40 both are the same", {pods(4), percent(10)}, SelectPolicy::kMax, {}, 40, 36},
           {"HPA: at most 5 by min", {percent(10), pods(5)}, SelectPolicy::kMin, {}, 80, 75},
           {"HPA: disabled", {}, SelectPolicy::kDisabled, {}, 80, 80},
           {"no policy, no limit", {}, SelectPolicy::kMax, {}, 80, 0},
           {"what went within the period counts", {pods(4)}, SelectPolicy::kMax, {change(-3, seconds(30))}, 77, 76},
           {"what went before it does not", {pods(4)}, SelectPolicy::kMax, {change(-3, seconds(60))}, 77, 73},
           {"used up", {pods(4)}, SelectPolicy::kMax, {change(-4, seconds(59))}, 76, 76},
           {"what came within the period does not make room",
            {pods(4)},
            SelectPolicy::kMax,
            {change(2, seconds(5))},
            10,
            4},
           {"not below zero", {pods(4)}, SelectPolicy::kMax, {}, 3, 0},
           {"80% of 5 is 4, whatever it is in binary", {percent(80)}, SelectPolicy::kMax, {}, 5, 1},
       }) {
    const DirectionRules rules{.policies = c.policies, .select = c.select};
    EXPECT_EQ(lower_limit(rules, c.changes, Axis::kStarted, c.current, kNow).count, c.limit) << c.name;
  }
}

TEST(Steps, HowFarUp) {
  for (const StepCase& c : std::initializer_list<StepCase>{
           {"HPA default: 4 pods are more than 100% of 3",
            {percent(100, seconds(15)), pods(4, seconds(15))},
            SelectPolicy::kMax,
            {},
            3,
            7},
           {"HPA default: 100% of 10 is more than 4 pods",
            {percent(100, seconds(15)), pods(4, seconds(15))},
            SelectPolicy::kMax,
            {},
            10,
            20},
           {"HPA: the least of them", {percent(100), pods(4)}, SelectPolicy::kMin, {}, 10, 14},
           {"HPA: a percentage is rounded up", {percent(10)}, SelectPolicy::kMax, {}, 15, 17},
           {"HPA: disabled", {}, SelectPolicy::kDisabled, {}, 5, 5},
           {"a percentage leaves zero, unlike the HPA's", {percent(50)}, SelectPolicy::kMax, {}, 0, 1},
           {"percent of the count at the period's start",
            {percent(100)},
            SelectPolicy::kMax,
            {change(5, seconds(9))},
            10,
            10},
           {"what came within the period counts", {pods(4)}, SelectPolicy::kMax, {change(3, seconds(30))}, 13, 14},
           {"the other axis does not", {pods(4)}, SelectPolicy::kMax, {{kNow, Axis::kCreated, 3}}, 13, 17},
       }) {
    const DirectionRules rules{.policies = c.policies, .select = c.select};
    EXPECT_EQ(upper_limit(rules, c.changes, Axis::kStarted, c.current, kNow).count, c.limit) << c.name;
  }
}

TEST(Cooldown, LastsFromTheLastChangeInItsDirection) {
  const DirectionRules rules{.cooldown = minutes(5)};
  const auto up = [&](const std::vector<Change>& changes) {
    return upper_limit(rules, changes, Axis::kStarted, 4, kNow).count;
  };
  EXPECT_GT(up({}), 1000);
  EXPECT_EQ(up({change(1, minutes(5) - Duration{1000})}), 4);
  EXPECT_GT(up({change(1, minutes(5))}), 1000);
  EXPECT_GT(up({change(-1, seconds(1))}), 1000);
  EXPECT_EQ(up({change(1, seconds(10)), change(1, minutes(9))}), 4);
  const std::vector<Change> changes = {change(1, minutes(1))};
  EXPECT_EQ(upper_limit(rules, changes, Axis::kStarted, 4, kNow).reason, "scale-up cooldown of 5m0s: 4m0s left");
}

TEST(WindowTest, KeepsTheExtremeOfItsLength) {
  Window lowest;
  const auto add = [&](int at, int count) {
    return lowest.add(kNow + seconds(at), count, seconds(60), Extreme::kLowest, 5);
  };
  EXPECT_EQ(add(0, 9), 5);  // the first tick: the present count was asked for, too
  EXPECT_EQ(add(15, 8), 5);
  EXPECT_EQ(add(59, 9), 5);
  EXPECT_EQ(add(60, 9), 8);
  EXPECT_EQ(add(75, 7), 7);
  EXPECT_EQ(add(90, 9), 7);
  EXPECT_EQ(lowest.counts().size(), 2);  // 7 at 75 makes all that is older pointless
  EXPECT_EQ(add(400, 9), 9);
}

// --- through decide() ---

struct Course {
  std::string_view name;
  Behavior behavior;
  int current;               // started, at first; what is decided happens at once
  std::vector<int> wanted;   // one tick each, 15 s apart
  std::vector<int> started;  // after each
};

Policy policy_with(const Behavior& behavior, const Clamp& limits = {}, std::vector<Schedule> schedules = {}) {
  PolicyText text;
  text.counts.min_started = text.counts.max_started = ExpressionText{.text = "q", .where = "test"};
  text.behavior = behavior;
  text.limits = limits;
  text.schedules = std::move(schedules);
  return std::move(*Policy::compile(text, {{.name = "q"}}, {}));
}

Fleet fleet_of(int started, int all) {
  Fleet fleet;
  for (int i = 0; i < all; ++i) {
    fleet.machines.push_back({.id = "m" + std::to_string(1000 + i),
                              .region = "iad",
                              .state = i < started ? MachineState::kStarted : MachineState::kStopped});
  }
  return fleet;
}

std::vector<Outcome> all_done(const Plan& plan) {
  std::vector<Outcome> outcomes;
  for (int i = 0; i < plan.count; ++i) outcomes.push_back({.kind = OutcomeKind::kDone});
  return outcomes;
}

TEST(Decide, CoursesUnderBehavior) {
  constexpr auto kWindow = [](Duration up, Duration down) {
    return Behavior{.up = {.stabilization_window = up}, .down = {.stabilization_window = down}};
  };
  for (const Course& c : std::initializer_list<Course>{
           {"the Go program's: at once, both ways", {}, 3, {9, 1, 5}, {9, 1, 5}},
           {"a window down", kWindow(seconds(0), seconds(45)), 3, {9, 2, 2, 2, 2}, {9, 9, 9, 2, 2}},
           {"a window up", kWindow(seconds(45), seconds(0)), 3, {9, 9, 9, 9, 1}, {3, 3, 3, 9, 1}},
           {"a peak within the window holds",
            kWindow(seconds(0), seconds(60)),
            5,
            {5, 1, 6, 1, 1, 1, 1, 1},
            {5, 5, 6, 6, 6, 6, 1, 1}},
           {"machines a minute", {.up = {.policies = {pods(2)}}}, 1, {9, 9, 9, 9, 9, 9}, {3, 3, 3, 3, 5, 5}},
           {"HPA: 10% a minute down",
            {.down = {.policies = {percent(10)}}},
            80,
            {10, 10, 10, 10, 10},
            {72, 72, 72, 72, 64}},
           {"cooldown", {.up = {.cooldown = seconds(45)}}, 1, {2, 4, 5, 6, 7}, {2, 2, 2, 6, 6}},
           {"no way down", {.down = {.select = SelectPolicy::kDisabled}}, 5, {1, 7, 1}, {5, 7, 7}},
           {"tolerance", {.tolerance = 0.1}, 10, {11, 12, 11, 10, 9}, {10, 12, 12, 10, 10}},
       }) {
    const Policy policy = policy_with(c.behavior);
    Memory memory;
    int started = c.current;
    WallTime now = kNow;
    std::vector<int> course;
    for (const int wanted : c.wanted) {
      const std::vector<Observation> seen = {{.metric = "q", .value = static_cast<double>(wanted)}};
      Decision decision = decide(policy, seen, fleet_of(started, 100), memory, now);
      if (decision.plan.action == ActionKind::kStart) started += decision.plan.count;
      if (decision.plan.action == ActionKind::kStop) started -= decision.plan.count;
      memory = remember(std::move(decision.memory), decision.plan, all_done(decision.plan), 0, now);
      course.push_back(started);
      now += seconds(15);
    }
    EXPECT_EQ(course, c.started) << c.name;
  }
}

TEST(Decide, EndsThatCrossKeepToTheStepsOfBothDirections) {
  PolicyText text;
  text.counts.min_started = ExpressionText{.text = "9", .where = "test"};
  text.counts.max_started = ExpressionText{.text = "1", .where = "test"};
  text.behavior = {.up = {.policies = {pods(1)}}, .down = {.policies = {pods(1)}}};
  const Policy policy = std::move(*Policy::compile(text, {}, {}));
  const Decision decision = decide(policy, {}, fleet_of(5, 9), {}, kNow);
  EXPECT_EQ(decision.plan.action, ActionKind::kStop);
  EXPECT_EQ(decision.plan.count, 1);
}

TEST(Decide, AMachineStoppedToBeDestroyedRunsAgainWhereItIsWanted) {
  PolicyText text;
  text.counts.min_created = ExpressionText{.text = "q", .where = "test"};
  text.counts.max_created = ExpressionText{.text = "q", .where = "test"};
  const Policy created = std::move(*Policy::compile(text, {{.name = "q"}}, {}));
  const Fleet fleet = fleet_of(2, 3);  // 2 started, 1 stopped
  Memory memory;
  const std::string& drained = fleet.machines.back().id;
  memory.draining[drained] = kNow - seconds(60);
  const auto plan_for = [&](double count) {
    return decide(created, std::vector<Observation>{{.metric = "q", .value = count}}, fleet, memory, kNow).plan;
  };
  EXPECT_EQ(plan_for(3).action, ActionKind::kStart);
  EXPECT_EQ(plan_for(3).candidates.at(0).id, drained);
  EXPECT_EQ(plan_for(2).action, ActionKind::kDestroy);
  EXPECT_EQ(plan_for(2).candidates.at(0).id, drained);
  // The window holds it for now, but by the metric it is to go.
  text.behavior.down.stabilization_window = minutes(5);
  const Policy patient = std::move(*Policy::compile(text, {{.name = "q"}}, {}));
  const std::vector<Observation> two = {{.metric = "q", .value = 2.0}};
  EXPECT_EQ(decide(patient, two, fleet, memory, kNow).plan.action, ActionKind::kNone);
  memory.draining.clear();
  EXPECT_EQ(plan_for(3).action, ActionKind::kNone);  // somebody else's business
}

TEST(Decide, ALostStopIsNeitherRepeatedNorMadeUpFor) {
  const Policy policy = policy_with({});
  const Fleet fleet = fleet_of(3, 5);
  const auto wants = [](double count) { return std::vector<Observation>{{.metric = "q", .value = count}}; };
  Decision first = decide(policy, wants(2), fleet, {}, kNow);
  ASSERT_EQ(first.plan.count, 1);
  const std::vector<Outcome> outcomes = {
      {.kind = OutcomeKind::kUnknown, .id = first.plan.candidates[0].id, .becomes = MachineState::kStopping}};
  const Memory memory = remember(std::move(first.memory), first.plan, outcomes, 0, kNow);
  const auto later = [&](double count, Duration by) {
    return decide(policy, wants(count), fleet, memory, kNow + std::chrono::duration_cast<WallTime::duration>(by)).plan;
  };
  EXPECT_EQ(later(2, seconds(15)).action, ActionKind::kNone);
  EXPECT_EQ(later(3, seconds(15)).action, ActionKind::kNone);  // it may still run
  EXPECT_EQ(later(4, seconds(15)).count, 1);
  EXPECT_EQ(later(1, seconds(15)).count, 1);
  EXPECT_EQ(later(2, seconds(31)).count, 1);  // no list has shown it stopped: it was not
}

TEST(Decide, TheWindowDownKnowsWhatTheWindowUpHeldBack) {
  const Policy policy =
      policy_with({.up = {.stabilization_window = minutes(5)}, .down = {.stabilization_window = minutes(5)}});
  Memory memory;
  const auto tick = [&](double wanted, int started, Duration at) {
    const std::vector<Observation> seen = {{.metric = "q", .value = wanted}};
    Decision decision =
        decide(policy, seen, fleet_of(started, 10), memory, kNow + std::chrono::duration_cast<WallTime::duration>(at));
    memory = decision.memory;
    return decision.plan.action;
  };
  EXPECT_EQ(tick(2, 2, seconds(0)), ActionKind::kNone);
  EXPECT_EQ(tick(4, 2, seconds(15)), ActionKind::kNone);  // 2 were enough within the window
  // Somebody starts one. Four were asked for within the window, so it is left running.
  EXPECT_EQ(tick(2, 3, seconds(30)), ActionKind::kNone);
  EXPECT_EQ(tick(2, 3, minutes(6)), ActionKind::kStop);
}

Schedule office_hours() {
  return *Schedule::make({.name = "office hours",
                          .cron = "0 8 * * 1-5",
                          .zone = "Europe/Zurich",
                          .duration = std::chrono::hours(10),
                          .clamp = {.started = {.min = 3}}});
}

TEST(Decide, FloorsAndCeilingsHoldAtOnceWhateverTheStepsSay) {
  const WallTime monday_noon{seconds(1'764'590'400)};  // 2025-12-01T12:00:00Z
  const Behavior slow{.up = {.stabilization_window = minutes(10), .policies = {pods(1)}}};
  const std::vector<Observation> nothing = {{.metric = "q", .value = 0.0}};
  const Policy scheduled = policy_with(slow, {}, {office_hours()});
  const Decision decision = decide(scheduled, nothing, fleet_of(0, 9), {}, monday_noon);
  EXPECT_EQ(decision.plan.action, ActionKind::kStart);
  EXPECT_EQ(decision.plan.count, 3);
  ASSERT_EQ(decision.stages.size(), 1);
  EXPECT_EQ(decision.stages[0].reason, "\"office hours\" is in force: at least 3 started");
  EXPECT_EQ(decide(scheduled, nothing, fleet_of(0, 9), {}, monday_noon + std::chrono::hours(9)).plan.action,
            ActionKind::kNone);

  const Policy limited = policy_with({}, {.started = {.min = 1, .max = 4}});
  const std::vector<Observation> much = {{.metric = "q", .value = 50.0}};
  EXPECT_EQ(decide(limited, much, fleet_of(0, 9), {}, kNow).plan.count, 4);
}

TEST(Decide, FallsBackAfterSoManyFailedTicksAndComesBackAtOnce) {
  PolicyText text;
  text.counts.min_started = text.counts.max_started = ExpressionText{.text = "q", .where = "test"};
  text.fallback.min_started = text.fallback.max_started =
      ExpressionText{.text = "max(current.started, 4)", .where = "test"};
  text.fallback_after = 3;
  const Policy policy = std::move(*Policy::compile(text, {{.name = "q"}}, {}));
  const std::vector<Observation> missing = {{.metric = "q", .value = fail(ErrorKind::kUnavailable, "down")}};
  const std::vector<Observation> seen = {{.metric = "q", .value = 1.0}};
  Memory memory;
  for (int tick = 1; tick <= 4; ++tick) {
    Decision decision = decide(policy, missing, fleet_of(2, 9), memory, kNow);
    EXPECT_EQ(decision.fell_back, tick >= 3) << tick;
    EXPECT_EQ(decision.plan.count, tick >= 3 ? 2 : 0) << tick;
    EXPECT_TRUE(decision.error);
    memory = std::move(decision.memory);
  }
  const Decision good = decide(policy, seen, fleet_of(2, 9), memory, kNow);
  EXPECT_FALSE(good.fell_back);
  EXPECT_EQ(good.plan.action, ActionKind::kStop);
  EXPECT_EQ(good.memory.failures, 0);
}

TEST(Decide, AnOutageOfTheMetricIsNoReasonForAJump) {
  const Policy policy = policy_with({.down = {.stabilization_window = minutes(5)}});
  const std::vector<Observation> missing = {{.metric = "q", .value = fail(ErrorKind::kUnavailable, "down")}};
  const std::vector<Observation> zero = {{.metric = "q", .value = 0.0}};
  Memory memory = decide(policy, zero, fleet_of(6, 9), {}, kNow).memory;
  for (int i = 1; i <= 40; ++i) {
    memory = decide(policy, missing, fleet_of(6, 9), memory, kNow + seconds(15 * i)).memory;
  }
  EXPECT_EQ(decide(policy, zero, fleet_of(6, 9), memory, kNow + seconds(15 * 41)).plan.action, ActionKind::kNone);
}

TEST(Decide, APausedPolicyDecidesAndDoesNothing) {
  PolicyText text;
  text.counts.min_started = text.counts.max_started = ExpressionText{.text = "5", .where = "test"};
  text.paused = true;
  const Policy policy = std::move(*Policy::compile(text, {}, {}));
  const Decision decision = decide(policy, {}, fleet_of(0, 9), {}, kNow);
  EXPECT_EQ(decision.plan.count, 5);
  EXPECT_FALSE(decision.acts());
  EXPECT_EQ(decision.hold, "the policy is paused");
}

TEST(Decide, AListOlderThanOurActionsIsNotAnsweredTwice) {
  const Policy policy = policy_with({});
  const std::vector<Observation> two = {{.metric = "q", .value = 2.0}};
  Fleet fleet = fleet_of(5, 5);
  Decision first = decide(policy, two, fleet, {}, kNow);
  ASSERT_EQ(first.plan.count, 3);
  std::vector<Outcome> outcomes;
  for (int i = 0; i < 3; ++i) {
    outcomes.push_back({.kind = OutcomeKind::kDone,
                        .id = first.plan.candidates[static_cast<std::size_t>(i)].id,
                        .becomes = MachineState::kStopping});
  }
  const Memory memory = remember(std::move(first.memory), first.plan, outcomes, 0, kNow);
  EXPECT_EQ(decide(policy, two, fleet, memory, kNow + seconds(15)).plan.action, ActionKind::kNone);
  // A list that shows the machine changed since is to be believed.
  for (Machine& machine : fleet.machines) machine.updated_at = kNow + seconds(20);
  EXPECT_EQ(decide(policy, two, fleet, memory, kNow + seconds(29)).plan.count, 3);
}

TEST(Decide, RankAndBusyMetricChooseWhoGoes) {
  PolicyText text;
  text.counts.min_started = text.counts.max_started = ExpressionText{.text = "1", .where = "test"};
  text.busy_metric = "jobs";
  text.busy_label = "machine";
  text.scale_in_rank = ExpressionText{.text = R"(machine.region == "fra" ? 0 : machine.busy + 1)", .where = "test"};
  const Policy policy = std::move(*Policy::compile(text, {{.name = "jobs", .is_series = true}}, {}));
  Fleet fleet = fleet_of(4, 4);
  fleet.machines[2].region = "fra";
  const Series series = {{.labels = {{"machine", "m1000"}}, .value = 2},
                         {.labels = {{"machine", "m1001"}}, .value = 0},
                         {.labels = {{"machine", "m1002"}}, .value = 0}};
  const Decision decision =
      decide(policy, std::vector<Observation>{{.metric = "jobs", .value = series}}, fleet, {}, kNow);
  EXPECT_EQ(decision.plan.count, 3);
  ASSERT_EQ(decision.plan.candidates.size(), 3);
  EXPECT_EQ(decision.plan.candidates[0].id, "m1002");
  EXPECT_EQ(decision.plan.candidates[1].id, "m1001");
  EXPECT_EQ(decision.plan.candidates[2].id, "m1003");
  EXPECT_TRUE(decision.plan.waiting.empty());  // the one that stays is the busy one
}

TEST(PolicyCompile, ABusyMetricHasToBeASeries) {
  PolicyText text;
  text.busy_metric = "jobs";
  EXPECT_NE(Policy::compile(text, {{.name = "jobs"}}, {}).error().message.find("series: true"), std::string::npos);
  EXPECT_NE(Policy::compile(text, {}, {}).error().message.find("there is no metric \"jobs\""), std::string::npos);
}

}  // namespace
}  // namespace fas::scale
