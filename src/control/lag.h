// Whether ticks wait so long for their turn that intervals are lost, and the log lines that say so: one when it begins,
// one a minute while it lasts, one when it is over.
#pragma once

#include <cstddef>
#include <optional>

#include "base/clock.h"
#include "base/duration.h"

namespace fas::control {

// On one loop's thread.
class Lag {
 public:
  // What the process was asked to do, for the log's lines and the limits below.
  struct Load {
    std::size_t apps = 0;
    int concurrency = 0;
    Duration interval{0};
  };

  // `late`: for how long the tick that is furthest behind has been due, 0 when none waits. It is falling behind when
  // that has been a third of an interval for an interval, so that the rush of a start passes in silence; it is over
  // when it has been less than half of that for an interval. An interval below a second counts as a second.
  void see(Duration late, const Load& load, TimePoint now);

  bool behind() const { return behind_; }

  // When see() is to be called though nothing happens; the tick furthest behind was due at `oldest`.
  TimePoint next_look(TimePoint oldest, Duration interval) const;

 private:
  bool behind_ = false;
  TimePoint begun_;
  TimePoint said_;                  // the last line's time
  std::optional<TimePoint> since_;  // when what may become a change of behind_ began
};

}  // namespace fas::control
