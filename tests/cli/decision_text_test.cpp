// What `plan` and `explain` print.
#include "cli/decision_text.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "control/setup.h"
#include "scale/decision.h"
#include "scale/json.h"
#include "scale/outcome.h"
#include "scale/time_text.h"
#include "tests/cli/golden.h"
#include "tests/config/support.h"

namespace fas::cli {
namespace {

using std::chrono::seconds;

scale::Policy policy_of(const std::string& yaml) {
  Result<config::Config> config = config::test::load_yaml(
      "app-name: \"worker\"\nmetric-collectors:\n- type: \"http\"\n  metric-name: \"queue_depth\"\n"
      "  url: \"http://127.0.0.1:1/depth\"\n  value: \"/depth\"\n" +
      yaml);
  EXPECT_TRUE(config) << config.error().message;
  Result<scale::Policy> policy = control::compile_policy(*config);
  EXPECT_TRUE(policy) << policy.error().message;
  return std::move(*policy);
}

scale::Fleet fleet_of(int started, int stopped) {
  scale::Fleet fleet;
  for (int i = 0; i < started + stopped; ++i) {
    fleet.machines.push_back({.id = "e784079b44" + std::to_string(1000 + i),
                              .region = i % 2 == 0 ? "iad" : "fra",
                              .state = i < started ? MachineState::kStarted : MachineState::kStopped});
  }
  return fleet;
}

std::vector<scale::Observation> depth(double value) { return {{.metric = "queue_depth", .value = value}}; }

const WallTime kMonday = *scale::parse_time("2026-11-23T09:30:00Z");

TEST(DecisionText, ScaleUpHeldBackByAStepPolicy) {
  const scale::Policy policy = policy_of(R"yaml(
started-machine-count: "ceil(queue_depth / 10)"
scale-up:
  policies:
  - { type: "machines", value: 4, period: "60s" }
)yaml");
  scale::Memory memory;
  memory.changes = {{.at = kMonday - seconds(30), .axis = scale::Axis::kStarted, .by = 1}};
  const scale::Decision decision = scale::decide(policy, depth(412), fleet_of(5, 15), memory, kMonday);
  expect_golden("step_policy", decision_text("worker", scale::to_json(decision)));
}

TEST(DecisionText, ScaleDownHeldByTheWindow) {
  const scale::Policy policy = policy_of(R"yaml(
started-machine-count: "ceil(queue_depth / 10)"
scale-down: { stabilization-window: "5m" }
)yaml");
  const scale::Memory memory = scale::decide(policy, depth(80), fleet_of(9, 3), {}, kMonday - seconds(120)).memory;
  const scale::Decision decision = scale::decide(policy, depth(12), fleet_of(9, 3), memory, kMonday);
  expect_golden("window", decision_text("worker", scale::to_json(decision)));
}

TEST(DecisionText, FallbackAfterThreeFailedTicks) {
  const scale::Policy policy = policy_of(R"yaml(
started-machine-count: "ceil(queue_depth / 10)"
on-failure: { action: "fallback", after: 3, started-machine-count: "max(current.started, 6)" }
)yaml");
  const std::vector<scale::Observation> missing = {
      {.metric = "queue_depth",
       .value = fail(ErrorKind::kUnavailable,
                     "metric-collectors[0] (http, line 3): GET http://127.0.0.1:1/depth: connection refused")}};
  scale::Memory memory;
  std::string text;
  for (int tick = 0; tick < 3; ++tick) {
    const WallTime at = kMonday + seconds(15 * tick);
    const scale::Decision decision = scale::decide(policy, missing, fleet_of(4, 4), memory, at);
    text += decision_text("worker", scale::to_json(decision));
    memory = decision.memory;
  }
  expect_golden("fallback", text);
}

TEST(DecisionText, ScheduleFloor) {
  const scale::Policy policy = policy_of(R"yaml(
started-machine-count: "ceil(queue_depth / 10)"
schedule:
- { name: "office hours", cron: "0 8 * * 1-5", duration: "10h", time-zone: "Europe/Zurich", min-started: 3 }
)yaml");
  const scale::Decision decision = scale::decide(policy, depth(0), fleet_of(1, 5), {}, kMonday);
  expect_golden("schedule_floor", decision_text("worker", scale::to_json(decision)));
}

TEST(DecisionText, CapacityMovedToAnotherRegion) {
  const scale::Policy policy = policy_of(R"yaml(
created-machine-count: "ceil(queue_depth / 10)"
regions: ["iad", "fra"]
)yaml");
  scale::Fleet fleet = fleet_of(3, 0);
  scale::Decision first = scale::decide(policy, depth(50), fleet, {}, kMonday);
  const std::vector<scale::Outcome> outcomes = {
      {.kind = scale::OutcomeKind::kDone,
       .id = "9080e65ad3",
       .name = "fas-app-0",
       .slot = 0,
       .region = "fra",
       .full_regions = {"iad"}},
      {.kind = scale::OutcomeKind::kDone, .id = "9080e65ad4", .name = "fas-app-1", .slot = 1, .region = "fra"}};
  std::string text = decision_text("worker", scale::to_json(first, outcomes));
  const scale::Memory memory = scale::remember(first.memory, first.plan, outcomes, 2, kMonday);
  for (const char* id : {"9080e65ad3", "9080e65ad4"}) {
    fleet.machines.push_back({.id = id, .region = "fra", .state = MachineState::kStarted});
  }
  fleet.slots = {0, 1};
  text +=
      decision_text("worker", scale::to_json(scale::decide(policy, depth(70), fleet, memory, kMonday + seconds(15))));
  expect_golden("capacity", text);
}

TEST(DecisionText, BusyMachinesAreWaitedFor) {
  Result<config::Config> config = config::test::load_yaml(R"yaml(
app-name: "worker"
started-machine-count: "1"
busy-metric: "jobs"
busy-timeout: "30m"
metric-collectors:
- { type: "http", metric-name: "jobs", url: "http://127.0.0.1:1/metrics", metric: "jobs_running", series: true }
)yaml");
  ASSERT_TRUE(config) << config.error().message;
  const Result<scale::Policy> policy = control::compile_policy(*config);
  ASSERT_TRUE(policy) << policy.error().message;
  const scale::Fleet fleet = fleet_of(4, 0);
  const Series series = {{.labels = {{"instance", fleet.machines[0].id}}, .value = 2},
                         {.labels = {{"instance", fleet.machines[1].id}}, .value = 1},
                         {.labels = {{"instance", fleet.machines[2].id}}, .value = 0},
                         {.labels = {{"instance", fleet.machines[3].id}}, .value = 5}};
  const std::vector<scale::Observation> seen = {{.metric = "jobs", .value = series}};
  const scale::Decision decision = scale::decide(*policy, seen, fleet, {}, kMonday);
  expect_golden("busy", decision_text("worker", scale::to_json(decision)));
}

TEST(DecisionText, ALineOfTheHistory) {
  const scale::Policy policy = policy_of("started-machine-count: \"ceil(queue_depth / 10)\"\n");
  std::string text;
  const scale::Decision start = scale::decide(policy, depth(80), fleet_of(5, 15), {}, kMonday);
  text += decision_line("worker", scale::to_json(start));
  const std::vector<scale::Outcome> outcomes = {{.kind = scale::OutcomeKind::kDone, .id = "a"},
                                                {.kind = scale::OutcomeKind::kFailed, .id = "b"}};
  text += decision_line("worker", scale::to_json(start, outcomes));
  text += decision_line("worker", scale::to_json(scale::decide(policy, depth(50), fleet_of(5, 15), {}, kMonday)));
  const std::vector<scale::Observation> missing = {
      {.metric = "queue_depth", .value = fail(ErrorKind::kTimeout, "slow")}};
  text += decision_line("worker", scale::to_json(scale::decide(policy, missing, fleet_of(5, 15), {}, kMonday)));
  scale::Decision held = start;
  held.hold = "release in progress";
  text += decision_line("worker", scale::to_json(held));
  expect_golden("history", text);
}

TEST(DecisionText, AnythingIsReadable) {
  for (const char* text : {"{}", "[]", "1", "null", R"({"plan":3,"metrics":{"a":1},"stages":[1],"outcomes":"x"})"}) {
    const auto json = nlohmann::ordered_json::parse(text);
    EXPECT_FALSE(decision_text("worker", json).empty()) << text;
    EXPECT_FALSE(decision_line("worker", json).empty()) << text;
  }
}

}  // namespace
}  // namespace fas::cli
