// From target counts and the fleet to the actions of one tick: the Go program's decision, made safe.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "scale/fleet.h"
#include "scale/memory.h"
#include "scale/targets.h"

namespace fas::scale {

// What of the configuration a plan depends on, besides the targets.
struct PlanRules {
  std::vector<std::string> regions;  // of new machines, round robin; empty: the region of the machine cloned
  bool launch_created = true;        // false: new machines stay stopped (initial-machine-state: stopped)
};

enum class ActionKind { kNone, kCreate, kDestroy, kStart, kStop };
std::string_view to_string(ActionKind kind);

// A machine that the action may be applied to.
struct Candidate {
  std::string id;
  std::string region;
  MachineState state = MachineState::kUnknown;  // when the plan was made
  bool has_volume = false;
};

// A machine to create. The name is unique and derived from the decision, so that a create whose reply was lost is found
// again by it, and repeating it cannot double the machine.
struct NewMachine {
  std::string name;
  std::string region;
};

// At most one kind of action a tick, the first that applies: create, destroy, start, stop.
struct Plan {
  ActionKind action = ActionKind::kNone;
  int count = 0;  // how many machines the action is for, never more than there are to act on
  std::vector<Candidate>
      candidates;  // in order of preference, possibly more than `count`: the next replaces one that refuses
  std::vector<NewMachine> creates;  // `count` of them
  std::string clone_of;             // id of the machine whose configuration new ones get
  bool launch = true;               // new machines are started
  std::string reason;               // one sentence
  std::string problem;              // why less is done than the targets ask for; empty when it is not so
};

// Identifies a decision; names of new machines derive from it.
using DecisionId = std::uint64_t;

Plan make_plan(const PlanRules& rules, const Targets& targets, const Fleet& fleet, const Memory& memory, DecisionId id,
               WallTime now);

}  // namespace fas::scale
