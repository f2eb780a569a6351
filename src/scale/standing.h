// Where an app stands: what its list shows, corrected by what this program knows to have done that no list shows yet.
#pragma once

#include "base/clock.h"
#include "scale/fleet.h"
#include "scale/memory.h"

namespace fas::scale {

// The count that more is added to, and the one that is taken from. They differ by machines that are on their way, so
// that a slow transition is never answered twice.
struct Standing {
  int up = 0;
  int down = 0;
};

struct Standings {
  Standing created;
  // up: started or on the way there; down: started alone
  Standing started;
};

// `launch_created`: a machine that is created is on its way to being started.
Standings stand(const Counts& counts, const Memory& memory, bool launch_created);

// The fleet with each machine that a recent action of ours was sent to in the state which that leads to, where the list
// is older than the action, or may be.
Fleet with_own_actions(const Fleet& fleet, const Memory& memory);

}  // namespace fas::scale
