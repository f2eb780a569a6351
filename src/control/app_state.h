// What is kept of an app between its ticks.
#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "scale/decision.h"
#include "scale/hand.h"
#include "scale/memory.h"

namespace fas::control {

// What makes one decision worth a record after another.
struct Gist {
  std::optional<scale::Targets> targets;
  scale::ActionKind action = scale::ActionKind::kNone;
  std::string error, hold, problem;
  std::size_t waiting = 0;
  bool operator==(const Gist&) const = default;
};

struct AppState {
  std::string name;
  scale::Memory memory;
  bool restored = false;  // `memory` is what the history had, or newer
  scale::Memory kept;     // what the history has of it
  // What an operator wants. It may change while a tick is under way; the memory carries it over restarts.
  std::optional<scale::Hand> hand;

  // Of the tick before, by which a clock that was set is seen.
  struct Reading {
    TimePoint steady;
    WallTime wall;
  };
  std::optional<Reading> last;

  // There were news of the app then: what metric servers were asked before may not have them.
  TimePoint fresh_from{};

  Gist recorded;  // the last decision in the history
  WallTime recorded_at;
};

// How far the calendar's clock was set, against the steady one, since the reading before; 0 for what a clock drifts.
Duration clock_step(const AppState::Reading& before, const AppState::Reading& now);

Gist gist_of(const scale::Decision& decision);

}  // namespace fas::control
