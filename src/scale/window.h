// The lowest or the highest count that was asked for within a stabilisation window, of a series of which only those
// counts are kept that can still matter: a newer one that is as extreme makes the older ones pointless.
#pragma once

#include <vector>

#include "base/clock.h"
#include "base/duration.h"

namespace fas::scale {

struct TimedCount {
  WallTime at;
  int count = 0;
  bool operator==(const TimedCount&) const = default;
};

enum class Extreme { kLowest, kHighest };

class Window {
 public:
  Window() = default;
  explicit Window(std::vector<TimedCount> counts) : counts_(std::move(counts)) {}

  // Adds `count` at `now`, forgets what is as old as `length` or older, and returns the extreme of what is left. An
  // empty window (the first tick) takes `current` as asked for just now, as the HPA does after a restart: nothing
  // changes at once because something was not known.
  int add(WallTime now, int count, Duration length, Extreme extreme, int current);

  // By age; the first is the extreme.
  const std::vector<TimedCount>& counts() const { return counts_; }
  std::vector<TimedCount>& counts() { return counts_; }
  bool operator==(const Window&) const = default;

 private:
  std::vector<TimedCount> counts_;
};

}  // namespace fas::scale
