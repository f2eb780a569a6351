#include "scale/plan.h"

#include <gtest/gtest.h>

#include <chrono>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fas::scale {
namespace {

using std::chrono::seconds;

constexpr WallTime kNow{std::chrono::hours(24 * 365 * 50)};

// "3 started, 2 stopped" as "SSSPP": one letter a machine, ids a, b, c, ... in list order.
MachineState state_of(char letter) {
  switch (letter) {
    case 'S': return MachineState::kStarted;
    case 'P': return MachineState::kStopped;
    case 'U': return MachineState::kSuspended;
    case 'C': return MachineState::kCreated;
    case 'F': return MachineState::kFailed;
    case 's': return MachineState::kStarting;
    case 'p': return MachineState::kStopping;
    case 'u': return MachineState::kSuspending;
    case 'r': return MachineState::kRestarting;
    case 'd': return MachineState::kDestroying;
    default: return MachineState::kUnknown;
  }
}

Fleet fleet_of(std::string_view letters) {
  Fleet fleet;
  char id = 'a';
  for (const char letter : letters) {
    fleet.machines.push_back(
        {.id = std::string(1, id++), .region = "iad", .state = state_of(letter), .created_at = kNow - seconds(3600)});
  }
  return fleet;
}

std::string ids(const std::vector<Candidate>& candidates) {
  std::string text;
  for (const Candidate& candidate : candidates) text += candidate.id;
  return text;
}

struct Case {
  std::string_view name;
  std::string_view fleet;
  Bounds created, started;
  ActionKind action;
  int count;
  std::string_view candidates;  // in order
};

constexpr std::optional<int> kNone;

TEST(Plan, TheGoProgramsDecision) {
  for (const Case& c : std::initializer_list<Case>{
           {"nothing asked", "SSP", {}, {}, ActionKind::kNone, 0, ""},
           {"fits", "SSP", {3, 3}, {2, 2}, ActionKind::kNone, 0, ""},
           {"start by id", "SPPP", {}, {3, 3}, ActionKind::kStart, 2, "bcd"},
           {"suspended are started too", "SUP", {}, {3, 3}, ActionKind::kStart, 2, "cb"},
           {"created without launch are started", "SC", {}, {2, kNone}, ActionKind::kStart, 1, "b"},
           {"start what there is", "SP", {}, {5, 5}, ActionKind::kStart, 1, "b"},
           {"stop by id", "SSSP", {}, {1, 1}, ActionKind::kStop, 2, "abc"},
           {"minimum alone never stops", "SSS", {}, {1, kNone}, ActionKind::kNone, 0, ""},
           {"maximum alone never starts", "PPP", {}, {kNone, 2}, ActionKind::kNone, 0, ""},
           {"between the ends", "SSP", {}, {1, 3}, ActionKind::kNone, 0, ""},
           {"scale to zero", "SS", {}, {0, 0}, ActionKind::kStop, 2, "ab"},
           {"create comes before start", "P", {3, 3}, {1, 1}, ActionKind::kCreate, 2, ""},
           {"destroy comes before start", "PPP", {1, 1}, {3, 3}, ActionKind::kDestroy, 2, "abc"},
           {"destroy order", "SCPUF", {1, 1}, {}, ActionKind::kDestroy, 4, "cdbe"},
           {"crossed ends: the maximum wins", "SSS", {}, {5, 2}, ActionKind::kStop, 1, "abc"},
           {"starting counts as started for starting more", "SssP", {}, {3, 3}, ActionKind::kNone, 0, ""},
           {"restarting counts as started for starting more", "SrP", {}, {2, 2}, ActionKind::kNone, 0, ""},
           {"starting is not stopped", "Sss", {}, {1, 1}, ActionKind::kNone, 0, ""},
           {"stopping counts as stopped for stopping more", "SSpp", {}, {2, 2}, ActionKind::kNone, 0, ""},
           {"stopping is not started again", "pp", {}, {1, 1}, ActionKind::kNone, 0, ""},
           {"destroying does not count as created", "SSd", {3, 3}, {}, ActionKind::kCreate, 1, ""},
           {"destroying is not destroyed again", "Sdd", {1, 1}, {}, ActionKind::kNone, 0, ""},
           {"a stopping one is destroyed before a running one", "SpS", {2, 2}, {}, ActionKind::kNone, 0, ""},
           {"so is a suspending one", "SuS", {2, 2}, {}, ActionKind::kNone, 0, ""},
           {"one more has to go", "SpSS", {2, 2}, {}, ActionKind::kDestroy, 1, "acd"},
           {"an idle one is destroyed at once", "SpP", {2, 2}, {}, ActionKind::kDestroy, 1, "c"},
           {"nothing done in a passing state", "sspu", {1, 1}, {}, ActionKind::kNone, 0, ""},
           {"no machine at all", "", {2, 2}, {}, ActionKind::kNone, 0, ""},
       }) {
    const Plan plan = make_plan({}, {.created = c.created, .started = c.started}, fleet_of(c.fleet), {}, {}, kNow);
    EXPECT_EQ(to_string(plan.action), to_string(c.action)) << c.name;
    EXPECT_EQ(plan.count, c.count) << c.name;
    EXPECT_EQ(ids(plan.candidates).substr(0, c.candidates.size()), c.candidates) << c.name;
    EXPECT_EQ(plan.creates.size(), c.action == ActionKind::kCreate ? static_cast<std::size_t>(c.count) : 0) << c.name;
  }
}

TEST(Plan, RegionsGoRoundRobinAndGoOn) {
  const PlanRules rules{.regions = {"iad", "fra", "syd"}};
  Memory memory;
  memory.next_region = 2;
  const Plan plan = make_plan(rules, {.created = {5, 5}}, fleet_of("S"), memory, {}, kNow);
  ASSERT_EQ(plan.creates.size(), 4);
  EXPECT_EQ(plan.creates[0].region, "syd");
  EXPECT_EQ(plan.creates[1].region, "iad");
  EXPECT_EQ(plan.creates[2].region, "fra");
  EXPECT_EQ(plan.creates[3].region, "syd");
}

TEST(Plan, WithoutRegionsTheClonedMachinesRegion) {
  Fleet fleet = fleet_of("SS");
  fleet.machines[0].region = "gru";
  const Plan plan = make_plan({}, {.created = {3, 3}}, fleet, {}, {}, kNow);
  ASSERT_EQ(plan.creates.size(), 1);
  EXPECT_EQ(plan.creates[0].region, "gru");
  EXPECT_EQ(plan.clone_of, "a");
}

TEST(Plan, NamesAreTheLowestFreePlaces) {
  Fleet fleet = fleet_of("S");
  fleet.slots = {0, 2, 7};
  Memory memory;
  memory.burnt_slots = {{3, kNow + seconds(60)}};
  memory.pending = {{.slot = 4, .region = "iad", .id = "m4", .at = kNow}};
  const Plan plan = make_plan({.process_group = "app"}, {.created = {5, 5}}, fleet, memory, {}, kNow);
  ASSERT_EQ(plan.creates.size(), 3);
  EXPECT_EQ(plan.creates[0].name, "fas-app-1");
  EXPECT_EQ(plan.creates[1].name, "fas-app-5");
  EXPECT_EQ(plan.creates[2].name, "fas-app-6");
}

TEST(Plan, ClonesTheFirstMachineThatCanBeCloned) {
  Fleet fleet = fleet_of("SSS");
  fleet.machines[0].can_clone = false;
  EXPECT_EQ(make_plan({}, {.created = {4, 4}}, fleet, {}, {}, kNow).clone_of, "b");
}

TEST(Plan, NothingToCloneSaysSo) {
  EXPECT_EQ(make_plan({}, {.created = {1, 1}}, {}, {}, {}, kNow).problem, "no machine available to clone for scale up");
  Fleet fleet = fleet_of("S");
  fleet.machines[0].can_clone = false;
  const Plan plan = make_plan({}, {.created = {2, 2}}, fleet, {}, {}, kNow);
  EXPECT_EQ(plan.action, ActionKind::kNone);
  EXPECT_NE(plan.problem.find("volume"), std::string::npos) << plan.problem;
}

TEST(Plan, AnImpossibleCreateDoesNotBlockAStart) {
  Fleet fleet = fleet_of("PP");
  for (Machine& machine : fleet.machines) machine.can_clone = false;
  const Plan plan = make_plan({}, {.created = {5, 5}, .started = {1, 1}}, fleet, {}, {}, kNow);
  EXPECT_EQ(plan.action, ActionKind::kStart);
  EXPECT_NE(plan.problem.find("no machine available to clone"), std::string::npos) << plan.problem;
}

TEST(Plan, LeasedMachinesAreLeftAlone) {
  Fleet fleet = fleet_of("SS");
  fleet.machines[0].leased = true;
  const Plan plan = make_plan({}, {.started = {0, 0}}, fleet, {}, {}, kNow);
  EXPECT_EQ(ids(plan.candidates), "b");
  EXPECT_EQ(plan.count, 1);
  EXPECT_FALSE(plan.problem.empty());
}

TEST(Plan, MachinesWithAVolumeAreDestroyedLast) {
  Fleet fleet = fleet_of("PPP");
  fleet.machines[0].has_volume = true;
  EXPECT_EQ(ids(make_plan({}, {.created = {1, 1}}, fleet, {}, {}, kNow).candidates), "bca");
}

TEST(Plan, ACreatedMachineBeingLaunchedCountsAsStarted) {
  Fleet fleet = fleet_of("SC");
  fleet.machines[1].created_at = kNow - seconds(2);
  EXPECT_EQ(make_plan({}, {.started = {2, 2}}, fleet, {}, {}, kNow).action, ActionKind::kNone);
  fleet.machines[1].created_at = kNow - kLaunchWindow;
  EXPECT_EQ(make_plan({}, {.started = {2, 2}}, fleet, {}, {}, kNow).action, ActionKind::kStart);
}

TEST(Plan, ACreateWithALostReplyIsRepeatedUnderItsName) {
  Memory memory;
  memory.pending = {{.slot = 9, .region = "syd", .id = "", .at = kNow}};
  const Plan plan = make_plan({}, {.created = {3, 3}}, fleet_of("S"), memory, {}, kNow);
  ASSERT_EQ(plan.creates.size(), 2);
  EXPECT_EQ(plan.creates[0].name, "fas-app-9");
  EXPECT_EQ(plan.creates[0].region, "syd");
  EXPECT_EQ(plan.creates[1].name, "fas-app-0");
}

TEST(Plan, AMachineThatTheListDoesNotShowYetCounts) {
  Memory memory;
  memory.pending = {{.slot = 0, .region = "iad", .id = "m1", .at = kNow}};
  EXPECT_EQ(make_plan({}, {.created = {2, 2}, .started = {2, 2}}, fleet_of("S"), memory, {}, kNow).action,
            ActionKind::kNone);
}

TEST(Plan, RegionsThatHadNoRoomAreLeftOut) {
  const PlanRules rules{.regions = {"iad", "fra", "syd"}};
  Memory memory;
  memory.full_regions = {{"fra", kNow + seconds(60)}};
  const Plan plan = make_plan(rules, {.created = {4, 4}}, fleet_of("S"), memory, {}, kNow);
  ASSERT_EQ(plan.creates.size(), 3);
  EXPECT_EQ(plan.creates[0].region, "iad");
  EXPECT_EQ(plan.creates[1].region, "syd");
  EXPECT_EQ(plan.creates[2].region, "iad");
  EXPECT_EQ(plan.reason, "1 created, at least 4 wanted; not in fra, which had no room");
}

TEST(Plan, WhereEveryRegionHadNoRoomAllAreTriedAgain) {
  const PlanRules rules{.regions = {"iad"}};
  Memory memory;
  memory.full_regions = {{"iad", kNow + seconds(60)}};
  EXPECT_EQ(make_plan(rules, {.created = {2, 2}}, fleet_of("S"), memory, {}, kNow).creates.at(0).region, "iad");
}

TEST(Plan, NewMachinesBalanceRegions) {
  const PlanRules rules{.regions = {"iad", "fra"}, .scale_out_order = ScaleOutOrder::kRegionBalance};
  const Plan plan = make_plan(rules, {.created = {6, 6}}, fleet_of("SSS"), {}, {}, kNow);  // all in iad
  ASSERT_EQ(plan.creates.size(), 3);
  for (const NewMachine& machine : plan.creates) EXPECT_EQ(machine.region, "fra");
}

TEST(Plan, NoMoreThanTheBudget) {
  const PlanRules rules{.max_actions = 2};
  const Plan creates = make_plan(rules, {.created = {6, 6}}, fleet_of("S"), {}, {}, kNow);
  EXPECT_EQ(creates.count, 2);
  EXPECT_EQ(creates.creates.size(), 2);
  EXPECT_EQ(make_plan(rules, {.started = {5, 5}}, fleet_of("PPPPP"), {}, {}, kNow).count, 2);
}

TEST(Plan, AnExpressionThatIsWrongByOrdersOfMagnitudeCostsOneTick) {
  const Plan plan = make_plan({}, {.created = {2'000'000'000, 2'000'000'000}}, fleet_of("S"), {}, {}, kNow);
  EXPECT_EQ(plan.count, 1000);
  EXPECT_EQ(plan.creates.size(), 1000);
  EXPECT_NE(plan.reason.find("1000 of 1999999999 in this tick"), std::string::npos) << plan.reason;
}

struct OrderCase {
  std::string_view name;
  ScaleInOrder order;
  std::string_view regions;  // of machines a, b, c, ...: i for iad, f for fra
  std::string_view want;     // two of them are to stop
};

TEST(Plan, ScaleInOrders) {
  for (const OrderCase& c : std::initializer_list<OrderCase>{
           {"by id", ScaleInOrder::kDefault, "iiff", "ab"},
           {"the oldest first", ScaleInOrder::kOldest, "iiff", "dc"},
           {"the newest first", ScaleInOrder::kNewest, "iiff", "ab"},
           {"the fullest region first", ScaleInOrder::kRegionBalance, "ifff", "bc"},
           {"even regions by turns", ScaleInOrder::kRegionBalance, "iiff", "ca"},
       }) {
    Fleet fleet = fleet_of("SSSS");
    for (std::size_t i = 0; i < fleet.machines.size(); ++i) {
      fleet.machines[i].region = c.regions[i] == 'i' ? "iad" : "fra";
      fleet.machines[i].created_at = kNow - seconds(1000 + 10 * static_cast<int>(i));  // d is the oldest
    }
    const Plan plan = make_plan({.scale_in_order = c.order}, {.started = {2, 2}}, fleet, {}, {}, kNow);
    EXPECT_EQ(plan.count, 2) << c.name;
    EXPECT_EQ(ids(plan.candidates).substr(0, 2), c.want) << c.name;
  }
}

TEST(Plan, IdleMachinesAreStoppedAndBusyOnesLeft) {
  const Ranks ranks{.busy = {{"a", 3}, {"b", 0}, {"d", 1}}};
  const Plan plan = make_plan({}, {.started = {1, 1}}, fleet_of("SSSS"), {}, ranks, kNow);
  EXPECT_EQ(ids(plan.candidates), "bc");  // b is known to be idle, of c nothing is known
  EXPECT_EQ(plan.count, 2);
  ASSERT_EQ(plan.waiting.size(), 1);
  EXPECT_EQ(plan.waiting[0].id, "a");
  EXPECT_EQ(plan.problem, "");
  EXPECT_EQ(plan.reason, "4 started, at most 1 wanted; 1 machine left until idle, being busy");
}

TEST(Plan, ABusyMachineIsStoppedAfterItsTimeout) {
  const Ranks ranks{.busy = {{"a", 3}, {"b", 2}}};
  Memory memory;
  memory.busy_since = {{"a", kNow - seconds(60)}};
  const PlanRules rules{.busy_timeout = seconds(60)};
  const Plan plan = make_plan(rules, {.started = {0, 0}}, fleet_of("SS"), memory, ranks, kNow);
  EXPECT_EQ(ids(plan.candidates), "a");
  EXPECT_EQ(plan.count, 1);
}

TEST(Plan, NothingIsStoppedBlindly) {
  const Ranks ranks{.busy_known = false, .problem = "nothing is stopped"};
  const Plan stop = make_plan({}, {.started = {0, 0}}, fleet_of("SS"), {}, ranks, kNow);
  EXPECT_EQ(stop.action, ActionKind::kNone);
  EXPECT_EQ(stop.problem, "nothing is stopped");
  const Plan destroy = make_plan({}, {.created = {1, 1}}, fleet_of("SSP"), {}, ranks, kNow);
  EXPECT_EQ(ids(destroy.candidates), "c");
  EXPECT_EQ(destroy.problem, "nothing is stopped");
}

TEST(Plan, TheLowestRankGoesFirst) {
  const Ranks ranks{.rank = {{"a", 5}, {"b", -1}, {"c", 2}}};
  EXPECT_EQ(ids(make_plan({}, {.started = {1, 1}}, fleet_of("SSS"), {}, ranks, kNow).candidates), "bca");
}

TEST(Plan, EnoughIdleMachinesLeaveTheRunningOnesOutOfIt) {
  EXPECT_EQ(ids(make_plan({}, {.created = {2, 2}}, fleet_of("SSPP"), {}, {}, kNow).candidates), "cd");
}

TEST(Plan, WhatWasStoppedToBeDestroyedIsDestroyedFirst) {
  Fleet fleet = fleet_of("PPPS");
  Memory memory;
  memory.draining = {{"c", kNow}};
  EXPECT_EQ(ids(make_plan({}, {.created = {3, 3}}, fleet, memory, {}, kNow).candidates), "cab");
  fleet = fleet_of("SSSP");
  fleet.machines[3].leased = true;  // by the process that stopped it
  memory.draining = {{"d", kNow}};
  EXPECT_EQ(make_plan({}, {.created = {3, 3}}, fleet, memory, {}, kNow).action, ActionKind::kNone);
  EXPECT_EQ(make_plan({}, {.created = {2, 2}}, fleet, memory, {}, kNow).count, 1);
}

}  // namespace
}  // namespace fas::scale
