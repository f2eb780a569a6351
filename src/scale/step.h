// Step policies and cooldowns: how far a count may go now, given the changes that this program made lately.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "scale/behavior.h"

namespace fas::scale {

// Of a change: the number of machines that exist, or of those that run.
enum class Axis { kCreated, kStarted };

// A change that this program made, or may have made.
struct Change {
  WallTime at;
  Axis axis = Axis::kStarted;
  int by = 0;  // > 0: so many more
  bool operator==(const Change&) const = default;
};

struct Limit {
  int count = 0;
  std::string reason;  // one sentence; empty where nothing limits
};

// The highest count that may be asked for now, at least `current`. As the HPA computes it: for each policy the count at
// its period's start (the current one without the changes since), plus its value, or plus its percentage, rounded up;
// of these the highest or the lowest. Unlike the HPA's, a percentage allows at least one machine, or nothing would ever
// leave zero.
Limit upper_limit(const DirectionRules& rules, std::span<const Change> changes, Axis axis, int current, WallTime now);

// The lowest count that may be asked for now, at most `current`; a percentage's removal is rounded up.
Limit lower_limit(const DirectionRules& rules, std::span<const Change> changes, Axis axis, int current, WallTime now);

}  // namespace fas::scale
