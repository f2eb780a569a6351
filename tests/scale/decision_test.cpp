#include "scale/decision.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

namespace fas::scale {
namespace {

constexpr WallTime kNow{std::chrono::hours(24 * 365 * 50)};

Policy policy_of(const std::string& started, std::vector<MetricName> metrics, const std::string& created = "") {
  PolicyText text;
  if (!started.empty())
    text.counts.min_started = text.counts.max_started = ExpressionText{.text = started, .where = "test"};
  if (!created.empty())
    text.counts.min_created = text.counts.max_created = ExpressionText{.text = created, .where = "test"};
  Result<Policy> policy = Policy::compile(text, std::move(metrics), {});
  EXPECT_TRUE(policy) << policy.error().message;
  return std::move(*policy);
}

Observation seen(std::string metric, double value) { return {.metric = std::move(metric), .value = value}; }

Fleet fleet_of(int started, int stopped) {
  Fleet fleet;
  for (int i = 0; i < started + stopped; ++i) {
    fleet.machines.push_back({.id = "m" + std::to_string(i),
                              .region = "iad",
                              .state = i < started ? MachineState::kStarted : MachineState::kStopped});
  }
  return fleet;
}

Decision decide_of(const Policy& policy, const std::vector<Observation>& observations, const Fleet& fleet,
                   const Memory& memory = {}) {
  return decide(policy, observations, fleet, memory, kNow);
}

TEST(Decide, FromMetricToAction) {
  const Policy policy = policy_of("ceil(queue_depth / 10)", {{.name = "queue_depth"}});
  const Decision decision = decide_of(policy, {seen("queue_depth", 41)}, fleet_of(1, 9));
  ASSERT_TRUE(decision.targets);
  EXPECT_EQ(decision.targets->started, (Bounds{5, 5}));
  EXPECT_EQ(decision.targets->created, (Bounds{}));
  EXPECT_EQ(decision.plan.action, ActionKind::kStart);
  EXPECT_EQ(decision.plan.count, 4);
  EXPECT_EQ(decision.memory.previous, decision.targets);
}

TEST(Decide, CreatedIsAtLeastOne) {
  const Decision decision = decide_of(policy_of("0", {}, "0"), {}, fleet_of(0, 3));
  EXPECT_EQ(decision.targets->created, (Bounds{1, 1}));
  EXPECT_EQ(decision.plan.action, ActionKind::kDestroy);
  EXPECT_EQ(decision.plan.count, 2);
}

TEST(Decide, HoldsWithoutAMetricThatAnExpressionUses) {
  const Policy policy = policy_of("q", {{.name = "q"}});
  const Observation missing{.metric = "q", .value = fail(ErrorKind::kUnavailable, "cannot reach redis")};
  const Decision decision = decide_of(policy, {missing}, fleet_of(3, 0));
  EXPECT_FALSE(decision.targets);
  EXPECT_EQ(decision.plan.action, ActionKind::kNone);
  EXPECT_EQ(decision.error->message, "metric \"q\" has no value: cannot reach redis");
}

TEST(Decide, AMetricThatNoExpressionUsesMayFail) {
  const Policy policy = policy_of("q", {{.name = "q"}, {.name = "unused"}});
  const Observation missing{.metric = "unused", .value = fail(ErrorKind::kUnavailable, "down")};
  EXPECT_EQ(decide_of(policy, {seen("q", 2), missing}, fleet_of(0, 5)).plan.count, 2);
}

TEST(Decide, ExpressionsSeeCountsAndPreviousTargets) {
  Memory memory;
  memory.previous = Targets{.created = {}, .started = {4, 4}};
  for (const auto& [text, want] : std::initializer_list<std::pair<std::string, int>>{
           {"started_machine_count + 1", 3},
           {"created_machine_count", 5},
           {"current.started + current.stopped", 5},
           {"previous.min_started ?? 9", 4},
           {"previous.min_created ?? 9", 9},
       }) {
    const Decision decision = decide_of(policy_of(text, {}), {}, fleet_of(2, 3), memory);
    ASSERT_TRUE(decision.targets) << text << ": " << decision.error->message;
    EXPECT_EQ(decision.targets->started.min, want) << text;
  }
}

TEST(Decide, AMetricByOneOfTheProgramsNamesWins) {
  const Policy policy = policy_of("current", {{.name = "current"}});
  EXPECT_EQ(decide_of(policy, {seen("current", 7)}, fleet_of(0, 0)).targets->started.min, 7);
}

TEST(Decide, SeriesAreArraysOfLabelsAndValue) {
  const Policy policy =
      policy_of("sum(filter(jobs, .labels.queue == \"mail\"), .value)", {{.name = "jobs", .is_series = true}});
  const Series series = {{.labels = {{"queue", "mail"}}, .value = 3},
                         {.labels = {{"queue", "video"}}, .value = 40},
                         {.labels = {{"queue", "mail"}}, .value = 4}};
  const Decision decision = decide_of(policy, {{.metric = "jobs", .value = series}}, fleet_of(0, 9));
  ASSERT_TRUE(decision.targets) << decision.error->message;
  EXPECT_EQ(decision.targets->started.min, 7);
}

Memory by_hand_of(Hand hand) {
  Memory memory;
  memory.hand = std::move(hand);
  return memory;
}

TEST(DecideByHand, AnOverrideTakesThePlaceOfTheExpressions) {
  struct Case {
    const char* name;
    const char* expression;
    Hand hand;
    Clamp limits;
    Bounds started;
    int action_count;
  };
  const Case cases[] = {
      {"at once", "2", {.targets = {.created = {}, .started = {5, 5}}}, {}, {5, 5}, 4},
      {"only its own axis", "2", {.targets = {.created = {9, 9}, .started = {}}}, {}, {2, 2}, 1},
      {"limits hold",
       "2",
       {.targets = {.created = {}, .started = {50, 50}}},
       {.created = {}, .started = {{}, 4}},
       {4, 4},
       3},
      {"one end", "2", {.targets = {.created = {}, .started = {{}, 0}}}, {}, {{}, 0}, 1},
      {"over, when its time has come",
       "2",
       {.targets = {.created = {}, .started = {5, 5}}, .until = kNow},
       {},
       {2, 2},
       1},
      {"while a metric fails", "jobs", {.targets = {.created = {}, .started = {3, 3}}}, {}, {3, 3}, 2},
  };
  for (const Case& test : cases) {
    SCOPED_TRACE(test.name);
    PolicyText text;
    text.counts.min_started = text.counts.max_started = ExpressionText{.text = test.expression, .where = "test"};
    text.limits = test.limits;
    text.behavior.up.policies = {{.type = StepType::kMachines, .value = 1, .period = std::chrono::seconds(60)}};
    const Result<Policy> policy = Policy::compile(text, {{.name = "jobs"}}, {});
    ASSERT_TRUE(policy);
    const Observation failed{.metric = "jobs", .value = fail(ErrorKind::kUnavailable, "gone")};
    const Decision decision = decide_of(*policy, {failed}, fleet_of(1, 9), by_hand_of(test.hand));
    ASSERT_TRUE(decision.targets);
    EXPECT_EQ(decision.targets->started, test.started);
    EXPECT_EQ(decision.plan.count, test.action_count);
  }
}

TEST(DecideByHand, APauseHoldsWhateverIsAskedFor) {
  const Policy policy = policy_of("5", {});
  const Memory memory = by_hand_of({.paused = true, .until = kNow + std::chrono::hours(1), .reason = "deploy"});
  const Decision decision = decide_of(policy, {}, fleet_of(1, 9), memory);
  EXPECT_EQ(decision.plan.count, 4);
  EXPECT_FALSE(decision.acts());
  EXPECT_NE(decision.hold.find("paused by hand until 2019-"), std::string::npos) << decision.hold;
  EXPECT_NE(decision.hold.find(": deploy"), std::string::npos);
  EXPECT_TRUE(decision.memory.hand);
}

TEST(PolicyCompile, ReportsEveryMistakeOnceWithItsPlace) {
  PolicyText text;
  text.counts.min_started = text.counts.max_started =
      ExpressionText{.text = "ceil(queue_dpeth / 10)", .where = "fas.yml:3:24"};
  text.counts.min_created = ExpressionText{.text = "1 +", .where = "fas.yml:4:10"};
  const Result<Policy> policy = Policy::compile(text, {{.name = "queue_depth"}}, {});
  ASSERT_FALSE(policy);
  const std::string& message = policy.error().message;
  EXPECT_NE(message.find("fas.yml:3:24: "), std::string::npos) << message;
  EXPECT_NE(message.find("queue_depth"), std::string::npos) << message;  // the suggestion
  EXPECT_NE(message.find("fas.yml:4:10: "), std::string::npos) << message;
  EXPECT_EQ(message.find("queue_dpeth"), message.rfind("unknown name queue_dpeth") + 13) << message;
}

}  // namespace
}  // namespace fas::scale
