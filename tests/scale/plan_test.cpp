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
           {"destroy order", "SCPUF", {1, 1}, {}, ActionKind::kDestroy, 4, "cdbea"},
           {"crossed ends: the maximum wins", "SSS", {}, {5, 2}, ActionKind::kStop, 1, "abc"},
           {"starting counts as started for starting more", "SssP", {}, {3, 3}, ActionKind::kNone, 0, ""},
           {"restarting counts as started for starting more", "SrP", {}, {2, 2}, ActionKind::kNone, 0, ""},
           {"starting is not stopped", "Sss", {}, {1, 1}, ActionKind::kNone, 0, ""},
           {"stopping counts as stopped for stopping more", "SSpp", {}, {2, 2}, ActionKind::kNone, 0, ""},
           {"stopping is not started again", "pp", {}, {1, 1}, ActionKind::kNone, 0, ""},
           {"destroying does not count as created", "SSd", {3, 3}, {}, ActionKind::kCreate, 1, ""},
           {"destroying is not destroyed again", "Sdd", {1, 1}, {}, ActionKind::kNone, 0, ""},
           {"nothing done in a passing state", "sspu", {1, 1}, {}, ActionKind::kNone, 0, ""},
           {"no machine at all", "", {2, 2}, {}, ActionKind::kNone, 0, ""},
       }) {
    const Plan plan = make_plan({}, {.created = c.created, .started = c.started}, fleet_of(c.fleet), {}, 7, kNow);
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
  const Plan plan = make_plan(rules, {.created = {5, 5}}, fleet_of("S"), memory, 7, kNow);
  ASSERT_EQ(plan.creates.size(), 4);
  EXPECT_EQ(plan.creates[0].region, "syd");
  EXPECT_EQ(plan.creates[1].region, "iad");
  EXPECT_EQ(plan.creates[2].region, "fra");
  EXPECT_EQ(plan.creates[3].region, "syd");
}

TEST(Plan, WithoutRegionsTheClonedMachinesRegion) {
  Fleet fleet = fleet_of("SS");
  fleet.machines[0].region = "gru";
  const Plan plan = make_plan({}, {.created = {3, 3}}, fleet, {}, 7, kNow);
  ASSERT_EQ(plan.creates.size(), 1);
  EXPECT_EQ(plan.creates[0].region, "gru");
  EXPECT_EQ(plan.clone_of, "a");
}

TEST(Plan, NamesAreUniqueWithinAndBetweenDecisions) {
  const Targets targets{.created = {4, 4}};
  const Plan one = make_plan({}, targets, fleet_of("S"), {}, 7, kNow);
  const Plan other = make_plan({}, targets, fleet_of("S"), {}, 8, kNow);
  ASSERT_EQ(one.creates.size(), 3);
  EXPECT_NE(one.creates[0].name, one.creates[1].name);
  EXPECT_NE(one.creates[0].name, other.creates[0].name);
}

TEST(Plan, ClonesTheFirstMachineThatCanBeCloned) {
  Fleet fleet = fleet_of("SSS");
  fleet.machines[0].can_clone = false;
  EXPECT_EQ(make_plan({}, {.created = {4, 4}}, fleet, {}, 7, kNow).clone_of, "b");
}

TEST(Plan, NothingToCloneSaysSo) {
  EXPECT_EQ(make_plan({}, {.created = {1, 1}}, {}, {}, 7, kNow).problem, "no machine available to clone for scale up");
  Fleet fleet = fleet_of("S");
  fleet.machines[0].can_clone = false;
  const Plan plan = make_plan({}, {.created = {2, 2}}, fleet, {}, 7, kNow);
  EXPECT_EQ(plan.action, ActionKind::kNone);
  EXPECT_NE(plan.problem.find("volume"), std::string::npos) << plan.problem;
}

TEST(Plan, AnImpossibleCreateDoesNotBlockAStart) {
  Fleet fleet = fleet_of("PP");
  for (Machine& machine : fleet.machines) machine.can_clone = false;
  const Plan plan = make_plan({}, {.created = {5, 5}, .started = {1, 1}}, fleet, {}, 7, kNow);
  EXPECT_EQ(plan.action, ActionKind::kStart);
  EXPECT_NE(plan.problem.find("no machine available to clone"), std::string::npos) << plan.problem;
}

TEST(Plan, LeasedMachinesAreLeftAlone) {
  Fleet fleet = fleet_of("SS");
  fleet.machines[0].leased = true;
  const Plan plan = make_plan({}, {.started = {0, 0}}, fleet, {}, 7, kNow);
  EXPECT_EQ(ids(plan.candidates), "b");
  EXPECT_EQ(plan.count, 1);
  EXPECT_FALSE(plan.problem.empty());
}

TEST(Plan, MachinesWithAVolumeAreDestroyedLast) {
  Fleet fleet = fleet_of("PPP");
  fleet.machines[0].has_volume = true;
  EXPECT_EQ(ids(make_plan({}, {.created = {1, 1}}, fleet, {}, 7, kNow).candidates), "bca");
}

TEST(Plan, ACreatedMachineBeingLaunchedCountsAsStarted) {
  Fleet fleet = fleet_of("SC");
  fleet.machines[1].created_at = kNow - seconds(2);
  EXPECT_EQ(make_plan({}, {.started = {2, 2}}, fleet, {}, 7, kNow).action, ActionKind::kNone);
  fleet.machines[1].created_at = kNow - kLaunchWindow;
  EXPECT_EQ(make_plan({}, {.started = {2, 2}}, fleet, {}, 7, kNow).action, ActionKind::kStart);
}

TEST(Plan, ACreateWithALostReplyIsRepeatedUnderItsName) {
  Memory memory;
  memory.pending = {{.name = "fas-lost-0", .region = "syd", .id = "", .at = kNow}};
  const Plan plan = make_plan({}, {.created = {3, 3}}, fleet_of("S"), memory, 7, kNow);
  ASSERT_EQ(plan.creates.size(), 2);
  EXPECT_EQ(plan.creates[0].name, "fas-lost-0");
  EXPECT_EQ(plan.creates[0].region, "syd");
  EXPECT_NE(plan.creates[1].name, "fas-lost-0");
}

TEST(Plan, AMachineThatTheListDoesNotShowYetCounts) {
  Memory memory;
  memory.pending = {{.name = "fas-new-0", .region = "iad", .id = "m1", .at = kNow}};
  EXPECT_EQ(make_plan({}, {.created = {2, 2}, .started = {2, 2}}, fleet_of("S"), memory, 7, kNow).action,
            ActionKind::kNone);
}

TEST(StillPending, DropsWhatTheListShowsAndWhatIsOld) {
  const std::vector<PendingCreate> pending = {
      {.name = "seen", .region = "iad", .id = "m1", .at = kNow},
      {.name = "fresh", .region = "iad", .id = "m2", .at = kNow},
      {.name = "stale", .region = "iad", .id = "m3", .at = kNow - kListLag},
      {.name = "lost", .region = "iad", .id = "", .at = kNow - kListLag},
      {.name = "ancient", .region = "iad", .id = "", .at = kNow - kPendingName}};
  const std::vector<std::string> listed = {"seen", "other"};
  std::vector<std::string> names;
  for (const PendingCreate& create : still_pending(pending, listed, kNow)) names.push_back(create.name);
  EXPECT_EQ(names, (std::vector<std::string>{"fresh", "lost"}));
}

}  // namespace
}  // namespace fas::scale
