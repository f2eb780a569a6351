// Which machines an action is applied to, and in which order.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/machine_state.h"
#include "scale/fleet.h"

namespace fas::scale {

// Of machines that run, to be stopped or destroyed. The default is by id, as in the Go program.
enum class ScaleInOrder { kDefault, kOldest, kNewest, kRegionBalance };
// kRegionBalance starts and creates machines where there are fewest.
enum class ScaleOutOrder { kDefault, kRegionBalance };

// A machine that the action may be applied to.
struct Candidate {
  std::string id;
  std::string region;
  MachineState state = MachineState::kUnknown;  // when the plan was made
  bool has_volume = false;
  bool has_services = false;
  std::optional<WallTime> updated_at;  // as the list showed it
};

// A machine that is left alone until it is idle.
struct BusyMachine {
  std::string id;
  double value = 0;  // of the busy metric
};

// What the policy says about single machines.
struct Ranks {
  bool busy_known = true;  // false: a busy metric is configured and has no value, so nothing is stopped
  std::string problem;     // why it has none
  std::map<std::string, double, std::less<>> busy;  // the busy metric by machine id
  std::map<std::string, double, std::less<>> rank;  // scale-in-rank by machine id; the lowest goes first
  std::string rank_problem;                         // why there are none: scale-in-order decides then
};

// Machines of the given states that nobody holds a lease on and that are not being launched, states in the given order,
// within a state by id.
std::vector<Candidate> candidates_in(const Fleet& fleet, std::span<const MachineState> states, WallTime now);

// Puts the candidates of one state range into the order in which running machines go: idle before unknown before busy
// (by what the busy metric says), then by rank, then by `order`.
void order_for_scale_in(std::span<Candidate> candidates, const Fleet& fleet, const Ranks& ranks, ScaleInOrder order);

// So that, whichever number of them is taken from the front, the regions are as even as can be: `counts` is how many
// machines each region has; candidates of the region with the most (kTake) or the fewest (kGive) come first. The order
// within a region stays.
enum class Balance { kTake, kGive };
void balance_regions(std::span<Candidate> candidates, std::map<std::string, int> counts, Balance balance);

}  // namespace fas::scale
