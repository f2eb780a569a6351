#include "scale/memory.h"

#include <gtest/gtest.h>

#include <vector>

#include "scale/memory_json.h"
#include "scale/outcome.h"
#include "scale/slot.h"

namespace fas::scale {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr WallTime kNow{std::chrono::hours(24 * 365 * 50)};

TEST(Memory, ForgetsWhatTheListShowsAndWhatIsOld) {
  Memory memory;
  memory.pending = {{.slot = 0, .region = "iad", .id = "seen", .at = kNow},
                    {.slot = 1, .region = "iad", .id = "fresh", .at = kNow},
                    {.slot = 2, .region = "iad", .id = "never shown", .at = kNow - kListLag},
                    {.slot = 3, .region = "iad", .id = "", .at = kNow - kListLag},
                    {.slot = 4, .region = "iad", .id = "", .at = kNow - kPendingName}};
  memory.full_regions = {{"iad", kNow}, {"fra", kNow + seconds(1)}};
  memory.touched = {{"old", {.at = kNow - kListLag}}, {"new", {.at = kNow - seconds(1)}}};
  memory.changes = {{.at = kNow - seconds(60), .axis = Axis::kStarted, .by = 1},
                    {.at = kNow - seconds(59), .axis = Axis::kStarted, .by = 2}};
  Behavior behavior;
  behavior.up.policies = {{.type = StepType::kMachines, .value = 1, .period = seconds(60)}};
  memory.draining = {{"gone", kNow - kListLag},
                     {"not listed yet", kNow - seconds(1)},
                     {"stopped", kNow - kDrainTime},
                     {"runs", kNow - seconds(60)},
                     {"still runs", kNow - kDrainTime}};
  const Fleet fleet{.machines = {{.id = "stopped", .state = MachineState::kStopped},
                                 {.id = "runs", .state = MachineState::kStarted},
                                 {.id = "still runs", .state = MachineState::kStarted}},
                    .slots = {0, 8}};
  forget_old(memory, fleet, behavior, kNow);
  std::vector<std::string> draining;
  for (const auto& [id, at] : memory.draining) draining.push_back(id);
  EXPECT_EQ(draining, (std::vector<std::string>{"not listed yet", "runs", "stopped"}));
  std::vector<int> left;
  for (const PendingCreate& create : memory.pending) left.push_back(create.slot);
  EXPECT_EQ(left, (std::vector<int>{1, 3}));
  ASSERT_EQ(memory.burnt_slots.size(), 1);
  EXPECT_EQ(memory.burnt_slots.begin()->first, 2);
  EXPECT_EQ(memory.full_regions.size(), 1);
  EXPECT_EQ(memory.touched.size(), 1);
  ASSERT_EQ(memory.changes.size(), 1);
  EXPECT_EQ(memory.changes[0].by, 2);
}

TEST(Memory, WhatWasSetByHandIsKeptUntilItsTime) {
  for (const Hand& hand :
       {Hand{.paused = true, .reason = "a \"quote\""},
        Hand{.targets = {.created = {{}, 3}, .started = {0, 2}}, .until = kNow + std::chrono::hours(3)}}) {
    Memory memory;
    memory.hand = hand;
    EXPECT_EQ(parse_memory(memory_text(memory), kNow).hand, hand);
    forget_old(memory, {}, {}, kNow + std::chrono::hours(2));
    EXPECT_EQ(memory.hand, hand);
    forget_old(memory, {}, {}, kNow + std::chrono::hours(3));
    EXPECT_EQ(memory.hand.has_value(), !hand.until.has_value());
  }
}

TEST(Memory, MovesWithTheClock) {
  Memory memory;
  memory.changes = {{.at = kNow, .axis = Axis::kStarted, .by = 1}};
  memory.windows.max_started = Window({{.at = kNow, .count = 3}});
  memory.full_regions = {{"iad", kNow}};
  memory.backoff.until = kNow;
  shift(memory, minutes(-7));
  EXPECT_EQ(memory.changes[0].at, kNow - minutes(7));
  EXPECT_EQ(memory.windows.max_started.counts()[0].at, kNow - minutes(7));
  EXPECT_EQ(memory.full_regions.at("iad"), kNow - minutes(7));
  EXPECT_EQ(memory.backoff.until, kNow - minutes(7));
}

TEST(Remember, CreatesAreThereUnknownOrGone) {
  Memory memory;
  memory.pending = {{.slot = 9, .region = "fra", .id = "", .at = kNow - seconds(15)}};
  Plan plan{.action = ActionKind::kCreate, .count = 4};
  plan.creates.resize(4);
  const std::vector<Outcome> outcomes = {
      {.kind = OutcomeKind::kDone, .id = "m1", .slot = 9, .region = "fra"},
      {.kind = OutcomeKind::kUnknown, .slot = 1, .region = "iad"},
      {.kind = OutcomeKind::kFailed, .slot = 2, .region = "iad"},
      {.kind = OutcomeKind::kRefused, .slot = 3, .region = "syd", .full_regions = {"syd", "ams"}}};
  memory = remember(std::move(memory), plan, outcomes, 3, kNow);
  EXPECT_EQ(memory.pending, (std::vector<PendingCreate>{{.slot = 9, .region = "fra", .id = "m1", .at = kNow},
                                                        {.slot = 1, .region = "iad", .id = "", .at = kNow}}));
  EXPECT_EQ(memory.full_regions.size(), 2);
  EXPECT_EQ(memory.next_region, 1);
  EXPECT_EQ(memory.changes, (std::vector<Change>{{.at = kNow, .axis = Axis::kCreated, .by = 2},
                                                 {.at = kNow, .axis = Axis::kStarted, .by = 2}}));
}

TEST(Remember, WhatWasDoneToMachinesUntilTheListShowsIt) {
  const Plan plan{.action = ActionKind::kDestroy, .count = 3};
  const std::vector<Outcome> outcomes = {
      {.kind = OutcomeKind::kDone, .id = "gone", .becomes = MachineState::kDestroying, .seen = kNow},
      {.kind = OutcomeKind::kDone, .id = "draining", .becomes = MachineState::kStopping, .was_running = true},
      {.kind = OutcomeKind::kRefused, .id = "leased", .becomes = MachineState::kDestroying}};
  const Memory memory = remember({}, plan, outcomes, 0, kNow);
  ASSERT_EQ(memory.touched.size(), 2);
  EXPECT_EQ(memory.touched.at("gone").becomes, MachineState::kDestroying);
  EXPECT_EQ(memory.touched.at("gone").seen, kNow);
  EXPECT_EQ(memory.touched.at("draining").becomes, MachineState::kStopping);
  EXPECT_TRUE(memory.touched.at("draining").sure);
  EXPECT_EQ(memory.changes, (std::vector<Change>{{.at = kNow, .axis = Axis::kCreated, .by = -1},
                                                 {.at = kNow, .axis = Axis::kStarted, .by = -1}}));
}

TEST(Remember, WhichMachinesAreStoppedToBeDestroyed) {
  Plan plan{.action = ActionKind::kDestroy, .count = 2};
  plan.candidates = {{.id = "idle", .state = MachineState::kStopped}, {.id = "ran", .state = MachineState::kStarted}};
  ASSERT_TRUE(needs_foresight(plan, true));
  Memory memory = foresee({}, plan, true, 0, kNow);
  EXPECT_EQ(memory.draining.size(), 1);  // the one that runs
  EXPECT_TRUE(memory.changes.empty());
  // The call failed, perhaps after it had stopped the machine.
  const std::vector<Outcome> failed = {{.kind = OutcomeKind::kFailed, .id = "ran", .was_running = true}};
  memory = remember({}, plan, failed, 0, kNow);
  EXPECT_TRUE(memory.draining.contains("ran"));
  const Plan start{.action = ActionKind::kStart, .count = 1};
  const std::vector<Outcome> lost = {{.kind = OutcomeKind::kUnknown, .id = "ran", .becomes = MachineState::kStarting}};
  memory = remember(std::move(memory), start, lost, 0, kNow);
  EXPECT_TRUE(memory.draining.contains("ran"));
  const std::vector<Outcome> done = {{.kind = OutcomeKind::kDone, .id = "ran", .becomes = MachineState::kStarting}};
  memory = remember(std::move(memory), start, done, 0, kNow);
  EXPECT_TRUE(memory.draining.empty());
}

TEST(Remember, WhatHasToBeKnownIfTheProcessDies) {
  struct Case {
    std::string_view name;
    ActionKind action;
    Candidate candidate;
    int count;
    bool cordon, drained, cordoned;
  };
  const Candidate idle{.id = "m", .state = MachineState::kStopped, .has_services = true};
  const Candidate runs{.id = "m", .state = MachineState::kStarted};
  const Candidate serves{.id = "m", .state = MachineState::kStarted, .has_services = true};
  for (const Case& c : std::initializer_list<Case>{
           {"an idle machine is destroyed", ActionKind::kDestroy, idle, 1, true, false, false},
           {"one that runs", ActionKind::kDestroy, runs, 1, true, true, false},
           {"one with services", ActionKind::kDestroy, serves, 1, true, true, true},
           {"without cordon", ActionKind::kDestroy, serves, 1, false, true, false},
           {"a spare candidate", ActionKind::kDestroy, serves, 0, true, false, false},
           {"one that runs is stopped", ActionKind::kStop, runs, 1, true, false, false},
           {"one with services", ActionKind::kStop, serves, 1, true, false, true},
           {"one with services is started", ActionKind::kStart, idle, 1, true, false, false},
       }) {
    const Plan plan{.action = c.action, .count = c.count, .candidates = {c.candidate}};
    const Memory memory = foresee({}, plan, c.cordon, 0, kNow);
    EXPECT_EQ(memory.draining.contains("m"), c.drained) << c.name;
    EXPECT_EQ(memory.cordoned.contains("m"), c.cordoned) << c.name;
    EXPECT_EQ(needs_foresight(plan, c.cordon), c.drained || c.cordoned) << c.name;
  }
}

TEST(Remember, WhichMachinesMayStandCordoned) {
  const Plan plan{.action = ActionKind::kStop, .count = 1};
  const std::vector<Outcome> late = {{.kind = OutcomeKind::kFailed, .id = "m", .cordoned = true}};
  Memory memory = remember({}, plan, late, 0, kNow);
  EXPECT_TRUE(memory.cordoned.contains("m"));
  const std::vector<Outcome> leased = {{.kind = OutcomeKind::kRefused, .id = "m"}};
  memory = remember(std::move(memory), plan, leased, 0, kNow);
  EXPECT_TRUE(memory.cordoned.contains("m"));
  const std::vector<Outcome> done = {{.kind = OutcomeKind::kDone, .id = "m", .becomes = MachineState::kStopping}};
  memory = remember(std::move(memory), plan, done, 0, kNow);
  EXPECT_TRUE(memory.cordoned.empty());
}

TEST(Remember, BacksOffWhileEveryCallFails) {
  const Plan plan{.action = ActionKind::kStart, .count = 1};
  const std::vector<Outcome> failed = {{.kind = OutcomeKind::kFailed, .id = "m"}};
  const std::vector<Outcome> done = {{.kind = OutcomeKind::kFailed, .id = "m"},
                                     {.kind = OutcomeKind::kDone, .id = "n"}};
  Memory memory;
  std::vector<std::int64_t> pauses;
  for (int i = 0; i < 7; ++i) {
    memory = remember(std::move(memory), plan, failed, 0, kNow);
    pauses.push_back(std::chrono::duration_cast<seconds>(memory.backoff.until - kNow).count());
  }
  EXPECT_EQ(pauses, (std::vector<std::int64_t>{0, 0, 30, 60, 120, 120, 120}));
  memory = remember(std::move(memory), plan, done, 0, kNow);
  EXPECT_EQ(memory.backoff, (Backoff{.failed_ticks = 0, .until = kNow}));
}

TEST(Slot, NamesAndBack) {
  EXPECT_EQ(slot_name("app", 12), "fas-app-12");
  EXPECT_EQ(slot_of("fas-app-12", "app"), 12);
  EXPECT_EQ(slot_of("fas-app-12", "web"), std::nullopt);
  EXPECT_EQ(slot_of("fas-app-x", "app"), std::nullopt);
  EXPECT_EQ(slot_of("fas-app--1", "app"), std::nullopt);
  EXPECT_EQ(slot_of("quiet-river-1", "app"), std::nullopt);
  const std::string odd = slot_name("Über Gruppe", 3);
  EXPECT_EQ(slot_of(odd, "Über Gruppe"), 3);
  EXPECT_LT(odd.size(), 20);
}

}  // namespace
}  // namespace fas::scale
