// The machines of one app as a decision sees them, and how they are counted.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/machine_state.h"

namespace fas::scale {

struct Machine {
  std::string id;
  std::string region;
  MachineState state = MachineState::kUnknown;
  std::optional<WallTime> created_at;
  std::optional<WallTime> updated_at;
  bool can_clone = true;      // no volume of its own, and a whole configuration
  bool has_volume = false;    // destroying it leaves a volume behind
  bool leased = false;        // somebody holds a lease: left alone
  bool has_services = false;  // the proxy sends it requests
  // What the list shows, where `state` is what an action of ours leads to whose reply was lost.
  std::optional<MachineState> listed = std::nullopt;
};

struct Fleet {
  // In the order of the API's list. Only machines that count: reachable host, the policy's process group, no standby.
  std::vector<Machine> machines;
  // Places (scale/slot.h) that are taken, by any machine that the list shows.
  std::vector<int> slots;
};

// How machines count in a decision. A machine on its way up counts as started when more are to be started, and one on
// its way down as stopped when more are to be stopped, so that a slow transition is never answered twice.
struct Counts {
  int created = 0;    // exist, and are not on their way to being destroyed
  int started = 0;    // state `started` alone: what the Go program counts
  int coming_up = 0;  // starting, restarting, replacing, updating, or created a moment ago and being launched
  int stopped = 0;
  int suspended = 0;
  // Machines that do not count above because a lost action of ours may have stopped or destroyed them. What is added
  // has to leave room for them: the action may as well not have happened.
  int doubtful_created = 0;
  int doubtful_started = 0;
};

// How long a `created` machine is taken to be on its way to `started` by the launch that created it. Beyond it, it is a
// machine that was created without a launch, and may be started.
inline constexpr std::chrono::seconds kLaunchWindow{60};

bool is_launching(const Machine& machine, WallTime now);
Counts count(const Fleet& fleet, WallTime now);

}  // namespace fas::scale
