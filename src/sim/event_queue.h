// What is going to happen in the simulated world, in the order of time; of two at the same time the one scheduled
// first.
#pragma once

#include <cstdint>
#include <optional>
#include <queue>
#include <vector>

#include "base/duration.h"

namespace fas::sim {

struct Event {
  enum class Kind : std::uint8_t { kTransition, kLeaseEnd, kArrivals, kArrival, kJobDone };

  Kind kind = Kind::kTransition;
  std::uint32_t app = 0;
  std::uint32_t machine = 0;
  std::uint64_t tag = 0;  // the machine's generation, the lease's version or the job's run
};

class EventQueue {
 public:
  void push(Duration at, Event event) { queue_.push({at, next_++, event}); }

  std::optional<Duration> next_time() const {
    if (queue_.empty()) return std::nullopt;
    return queue_.top().at;
  }
  // The queue is not empty.
  Event pop() {
    const Event event = queue_.top().event;
    queue_.pop();
    return event;
  }

 private:
  struct Entry {
    Duration at;
    std::uint64_t order;
    Event event;
    bool operator<(const Entry& other) const {
      return at != other.at ? at > other.at : order > other.order;  // the top is the earliest
    }
  };

  std::priority_queue<Entry> queue_;
  std::uint64_t next_ = 0;
};

}  // namespace fas::sim
