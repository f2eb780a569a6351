// A queue of jobs and the machines that work them off: first in, first out, one job at a time on each machine, each job
// as long as any other. The model of `fly-autoscaler sim`, without the platform around it.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <queue>
#include <vector>

#include "backtest/arrivals.h"
#include "backtest/waits.h"
#include "base/duration.h"

namespace fas::backtest {

class QueueModel {
 public:
  using Worker = std::uint32_t;

  // `service`: how long a job takes, > 0.
  QueueModel(Arrivals arrivals, Duration service, Duration slo);

  // Lets everything happen up to `time`. Workers come and go at the time reached.
  void advance(Duration time);
  void add_worker(Worker worker);
  // Its job, if any, goes back to the front of the queue, and begins anew elsewhere.
  void remove_worker(Worker worker);

  // Jobs that wait; those being worked on do not.
  std::size_t depth() const { return queue_.size(); }
  std::size_t deepest() const { return deepest_; }

  // Counts those that still wait for the first time as having waited until now: a policy that leaves jobs lying does
  // not look better for it. How many there are.
  std::uint64_t count_waiting();

  const Waits& waits() const { return waits_; }
  std::uint64_t arrived() const { return arrived_; }
  std::uint64_t completed() const { return completed_; }
  std::uint64_t requeued() const { return requeued_; }

 private:
  struct Job {
    Duration arrived{0};
    bool begun = false;  // once at least
  };
  struct Seat {
    enum class State : std::uint8_t { kGone, kIdle, kBusy };
    State state = State::kGone;
    std::uint32_t run = 0;  // tells a job's end that counts from one of a job taken away
    Job job;
  };
  struct End {
    Duration at;
    Worker worker;
    std::uint32_t run;
    bool operator<(const End& other) const { return at > other.at; }  // std::priority_queue has its greatest on top
  };

  void finish_until(Duration time);
  void assign();
  void note_depth() { deepest_ = std::max(deepest_, queue_.size()); }

  Arrivals arrivals_;
  Duration service_;
  Duration now_{0};
  std::deque<Job> queue_;
  std::vector<Seat> seats_;                                                // by worker
  std::priority_queue<Worker, std::vector<Worker>, std::greater<>> idle_;  // may hold some that are not, any more
  std::priority_queue<End> ends_;
  std::size_t deepest_ = 0;
  std::uint64_t arrived_ = 0, completed_ = 0, requeued_ = 0;
  Waits waits_;
};

}  // namespace fas::backtest
