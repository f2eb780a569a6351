// Machines on their way, and what they cost meanwhile.
#include "backtest/fleet_model.h"

#include <gtest/gtest.h>

#include <vector>

namespace fas::backtest {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using enum MachineState;

const WallTime kBegin = WallTime(seconds(1'700'000'000));

scale::Candidate candidate_of(const FleetModel& fleet, std::size_t index) {
  const scale::Machine& machine = fleet.fleet().machines[index];
  return {.id = machine.id, .region = machine.region, .state = machine.state, .updated_at = machine.updated_at};
}

scale::Plan plan_of(scale::ActionKind action, std::vector<scale::Candidate> candidates) {
  scale::Plan plan{.action = action};
  plan.count = static_cast<int>(candidates.size());
  plan.candidates = std::move(candidates);
  return plan;
}

std::vector<MachineState> states(const FleetModel& fleet) {
  std::vector<MachineState> states;
  for (const scale::Machine& machine : fleet.fleet().machines) states.push_back(machine.state);
  return states;
}

TEST(FleetModel, StartsAndStops) {
  FleetModel fleet({.machines = 2, .started = 1, .boot_time = seconds(5), .stop_time = seconds(1)}, kBegin, "iad");
  fleet.advance(seconds(10));
  const auto outcomes = fleet.act(plan_of(scale::ActionKind::kStart, {candidate_of(fleet, 1)}));
  ASSERT_EQ(outcomes.size(), 1U);
  EXPECT_EQ(outcomes[0].becomes, kStarting);
  EXPECT_EQ(outcomes[0].seen, kBegin);
  EXPECT_EQ(states(fleet), (std::vector{kStarted, kStarting}));
  fleet.clear_shifts();
  fleet.advance(seconds(20));
  EXPECT_EQ(states(fleet), (std::vector{kStarted, kStarted}));
  ASSERT_EQ(fleet.shifts().size(), 1U);
  EXPECT_EQ(fleet.shifts()[0].at, seconds(15));
  EXPECT_TRUE(fleet.shifts()[0].works);
  EXPECT_EQ(fleet.running_time(), seconds(20 + 5));
  fleet.act(plan_of(scale::ActionKind::kStop, {candidate_of(fleet, 0), candidate_of(fleet, 1)}));
  EXPECT_EQ(fleet.running(), 2) << "paid for until stopped";
  EXPECT_EQ(fleet.shifts().back().at, seconds(20)) << "but works no more";
  fleet.advance(seconds(60));
  EXPECT_EQ(states(fleet), (std::vector{kStopped, kStopped}));
  EXPECT_EQ(fleet.running_time(), seconds(20 + 5 + 2));
  EXPECT_EQ(fleet.peak(), 2);
}

TEST(FleetModel, CreatesUnderTheirPlacesAndDestroys) {
  FleetModel fleet({.machines = 1, .started = 1, .create_time = milliseconds(200), .boot_time = seconds(5)}, kBegin,
                   "iad");
  scale::Plan create{.action = scale::ActionKind::kCreate, .count = 2};
  create.creates = {{.slot = 0, .name = "fas-app-0", .region = "fra"},
                    {.slot = 3, .name = "fas-app-3", .region = "iad"}};
  const auto outcomes = fleet.act(create);
  ASSERT_EQ(outcomes.size(), 2U);
  EXPECT_EQ(outcomes[1].slot, 3);
  EXPECT_EQ(fleet.fleet().slots, (std::vector{0, 3}));
  EXPECT_EQ(states(fleet), (std::vector{kStarted, kCreated, kCreated}));
  fleet.advance(seconds(1));
  EXPECT_EQ(states(fleet), (std::vector{kStarted, kStarting, kStarting}));
  fleet.advance(seconds(15));
  EXPECT_EQ(states(fleet), (std::vector{kStarted, kStarted, kStarted}));
  EXPECT_EQ(fleet.fleet().machines[1].region, "fra");
  fleet.act(plan_of(scale::ActionKind::kDestroy, {candidate_of(fleet, 1)}));
  EXPECT_EQ(states(fleet), (std::vector{kStarted, kStopping, kStarted})) << "stopped first";
  fleet.advance(seconds(16) + milliseconds(100));
  EXPECT_EQ(states(fleet), (std::vector{kStarted, kDestroying, kStarted}));
  fleet.advance(seconds(20));
  EXPECT_EQ(states(fleet), (std::vector{kStarted, kStarted}));
  EXPECT_EQ(fleet.fleet().slots, std::vector{3});
}

TEST(FleetModel, WhatIsSlowToStopIsLeftForTheNextTick) {
  FleetModel fleet({.machines = 2, .started = 2, .stop_time = seconds(8)}, kBegin, "iad");
  const auto outcomes = fleet.act(plan_of(scale::ActionKind::kDestroy, {candidate_of(fleet, 0)}));
  EXPECT_EQ(outcomes[0].becomes, kStopping);
  fleet.advance(seconds(15));
  EXPECT_EQ(states(fleet), (std::vector{kStopped, kStarted}));
}

}  // namespace
}  // namespace fas::backtest
