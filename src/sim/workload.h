// The work of one app: jobs arrive by a profile, wait in one queue, first in first out, and the started machines work
// them off, one at a time each. Pure: the world tells the time and carries the events.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <vector>

#include "base/duration.h"
#include "sim/profile.h"
#include "sim/random.h"

namespace fas::sim {

struct WorkloadOptions {
  Profile profile;
  double service_rate = 1;  // jobs a second that one machine works off
  bool even = false;        // evenly spaced arrivals instead of random ones (Poisson)
};

class Workload {
 public:
  using Worker = std::uint32_t;
  struct Begun {
    Worker worker;
    std::uint64_t run;  // of a job on a worker; never used again
    Duration done;      // when finish() is due
  };
  // Upper bounds of the waiting time's histogram in seconds; one more bucket for what is above.
  static constexpr std::array<double, 11> kWaitBounds = {0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600};
  struct Totals {
    std::uint64_t arrivals = 0;
    std::uint64_t completions = 0;
    std::uint64_t requeued = 0;  // jobs whose machine stopped under them
    std::size_t peak_depth = 0;
    double wait_sum = 0;  // seconds from arrival to the begin of the work, of jobs begun
    double wait_max = 0;
    std::uint64_t begun = 0;
    std::array<std::uint64_t, kWaitBounds.size() + 1> wait_buckets{};
  };

  Workload(WorkloadOptions options, Random random);
  void replace(WorkloadOptions options);
  const WorkloadOptions& options() const { return options_; }

  // When jobs arrive in [from, to), which is short enough for the rate to be taken as constant.
  std::vector<Duration> arrivals(Duration from, Duration to);
  void arrive(Duration now);
  void add_worker(Worker worker) { idle_.insert(worker); }
  // Its job, if any, goes back to the front of the queue.
  void remove_worker(Worker worker);
  // A run that has been taken from its worker meanwhile is ignored.
  void finish(Worker worker, std::uint64_t run);
  // Gives waiting jobs to idle workers; to be called after each of the changes above.
  std::vector<Begun> assign(Duration now);

  std::size_t depth() const { return queue_.size(); }
  std::size_t busy() const { return busy_.size(); }
  bool busy(Worker worker) const { return busy_.contains(worker); }
  Duration oldest_wait(Duration now) const { return queue_.empty() ? Duration::zero() : now - queue_.front().arrived; }
  const Totals& totals() const { return totals_; }

 private:
  struct Job {
    Duration arrived;
    std::uint64_t run = 0;  // the last one; 0: still waits for its first
  };
  double draw_distance();
  void count_wait(double seconds);

  WorkloadOptions options_;
  Random random_;
  double until_next_;  // of the integral of the rate, up to the next arrival
  std::uint64_t next_run_ = 1;
  std::deque<Job> queue_;
  std::map<Worker, Job> busy_;
  std::set<Worker> idle_;
  Totals totals_;
};

}  // namespace fas::sim
