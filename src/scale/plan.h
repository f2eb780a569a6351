// From target counts and the fleet to the actions of one tick: the Go program's decision, made safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "scale/candidates.h"
#include "scale/fleet.h"
#include "scale/memory.h"
#include "scale/targets.h"

namespace fas::scale {

// What of the configuration a plan depends on, besides the targets.
struct PlanRules {
  std::string process_group = "app";
  std::vector<std::string> regions;  // of new machines, round robin; empty: the region of the machine cloned
  bool launch_created = true;        // false: new machines stay stopped (initial-machine-state: stopped)
  ScaleOutOrder scale_out_order = ScaleOutOrder::kDefault;
  ScaleInOrder scale_in_order = ScaleInOrder::kDefault;
  Duration busy_timeout{0};  // after which a busy machine is stopped all the same; 0: never
  int max_actions = 0;       // machines in one tick; 0: no limit
};

enum class ActionKind { kNone, kCreate, kDestroy, kStart, kStop };
std::string_view to_string(ActionKind kind);

// A machine to create.
struct NewMachine {
  int slot = 0;
  std::string name;
  std::string region;
};

// At most one kind of action a tick, the first that applies: create, destroy, start, stop.
struct Plan {
  ActionKind action = ActionKind::kNone;
  int count = 0;                      // how many machines the action is for, never more than there are to act on
  std::vector<Candidate> candidates;  // in order of preference; may be more: the next replaces one that refuses
  std::vector<NewMachine> creates;    // `count` of them
  std::vector<std::string> regions;   // where else a machine may be created when its region has no room
  std::string clone_of;               // id of the machine whose configuration new ones get
  bool launch = true;                 // new machines are started
  std::vector<BusyMachine> waiting;   // would be stopped or destroyed, but are busy
  std::string reason;                 // one sentence
  std::string problem;                // why less is done than the targets ask for; empty when it is not so
};

Plan make_plan(const PlanRules& rules, const Targets& targets, const Fleet& fleet, const Memory& memory,
               const Ranks& ranks, WallTime now);

// Makes of a plan of no action one that starts the machines that were stopped to be destroyed and still stand there.
// For policies without started counts, by which nothing else would start them, where the created count has no surplus.
void resume_drained(Plan& plan, const PlanRules& rules, const Fleet& fleet, const Memory& memory, WallTime now);

}  // namespace fas::scale
