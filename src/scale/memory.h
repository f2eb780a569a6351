// What one app's decision has to know of the ticks before it. Kept over restarts (scale/memory_json.h).
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/machine_state.h"
#include "scale/behavior.h"
#include "scale/fleet.h"
#include "scale/hand.h"
#include "scale/step.h"
#include "scale/targets.h"
#include "scale/window.h"

namespace fas::scale {

// A machine that a create may have made, until the list shows it.
struct PendingCreate {
  int slot = 0;  // gives its name; see slot_name()
  std::string region;
  std::string id;  // empty: the reply was lost, and whether the machine exists is not known
  WallTime at;
  bool operator==(const PendingCreate&) const = default;
};

// A machine that an action of ours was sent to. While a list shows it as it was before (`seen`), that list is older
// than the action.
struct Touched {
  WallTime at;
  MachineState becomes = MachineState::kUnknown;  // kStarting, kStopping, kSuspending, kDestroying
  std::optional<WallTime> seen;                   // its updated_at in the list that the action was planned by
  bool sure = true;                               // false: the reply was lost, and nothing may have happened
  bool operator==(const Touched&) const = default;
};

// Stabilisation windows of the four ends; those of the minima look for the lowest count, those of the maxima for the
// highest.
struct Windows {
  Window min_created, max_created, min_started, max_started;
  bool operator==(const Windows&) const = default;
};

// After calls that failed, how long to leave the app alone.
struct Backoff {
  int failed_ticks = 0;  // in a row, in which something was tried and nothing succeeded
  WallTime until;
  bool operator==(const Backoff&) const = default;
};

struct Memory {
  std::optional<Targets> previous;  // those in force in the tick before
  int failures = 0;                 // ticks in a row without targets from the expressions
  Windows windows;
  std::vector<Change> changes;  // by age
  std::vector<PendingCreate> pending;
  std::map<std::string, Touched, std::less<>> touched;  // by machine id
  // Machines that ran when they were chosen to be destroyed, since when. They are stopped first; whatever happens then,
  // none is to be left behind stopped.
  std::map<std::string, WallTime, std::less<>> draining;
  // Machines that may stand cordoned, since when: when they run and are not to be stopped, they are uncordoned.
  std::map<std::string, WallTime, std::less<>> cordoned;
  std::map<int, WallTime> burnt_slots;  // names that are taken though no machine is seen, until then
  std::size_t next_region = 0;          // round robin over the policy's regions goes on where it ended
  std::map<std::string, WallTime, std::less<>> full_regions;  // had no room for a machine, until then left out
  std::map<std::string, WallTime, std::less<>> busy_since;    // machines that are to be stopped but busy, since when
  Backoff backoff;
  std::optional<Hand> hand;
  bool operator==(const Memory&) const = default;
};

// How long a machine that the API said it created counts as there while the list does not show it, and how long a list
// may show a machine as it was before an action of ours.
inline constexpr std::chrono::seconds kListLag{30};
// How long the name of a create with an unknown outcome is used again before a new one is taken; and how long a name
// that is taken by a machine which no list shows is avoided.
inline constexpr std::chrono::minutes kPendingName{10};
// How long a region that had no room is left out.
inline constexpr std::chrono::minutes kFullRegion{5};

// How long a machine that runs may yet be stopped by a call that was to destroy it.
inline constexpr std::chrono::minutes kDrainTime{10};

// The longest that an override, or a pause with an end, may last.
inline constexpr std::chrono::hours kLongestHand{30 * 24};

// The memory as of `now`: without the creates that the list shows by now, and without what is too old to matter.
void forget_old(Memory& memory, const Fleet& fleet, const Behavior& behavior, WallTime now);

// The calendar's clock was set by `by` (> 0: forward): every time in the memory moves with it, so that what is left of
// windows, cooldowns and the like stays what it was.
void shift(Memory& memory, Duration by);

}  // namespace fas::scale
