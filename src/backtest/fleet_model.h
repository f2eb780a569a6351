// The machines of an app as they come and go by the plans that are carried out on them. Every call succeeds; what takes
// time on the platform takes time here, in the states that the platform shows meanwhile.
#pragma once

#include <cstddef>
#include <cstdint>
#include <queue>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/clock.h"
#include "base/duration.h"
#include "scale/fleet.h"
#include "scale/outcome.h"
#include "scale/plan.h"

namespace fas::backtest {

struct FleetOptions {
  int machines = 1;                                       // at the begin
  int started = 1;                                        // of them
  Duration create_time = std::chrono::milliseconds(200);  // from `created` to `starting` or `stopped`
  Duration boot_time = std::chrono::seconds(5);           // from `starting` to `started`; a quarter from `suspended`
  Duration stop_time = std::chrono::seconds(1);           // from `stopping` to `stopped`
  Duration destroy_time = std::chrono::milliseconds(200);
  bool suspend = false;  // machines are suspended instead of stopped
};

class FleetModel {
 public:
  // A machine begins (or ends) to work.
  struct Shift {
    Duration at;
    std::uint32_t machine;
    bool works;
  };

  // `begin` is the wall time of 0.
  FleetModel(const FleetOptions& options, WallTime begin, std::string region);

  // Lets everything happen that is due up to `time`.
  void advance(Duration time);
  // Carries `plan` out at the time reached. The outcomes are those of the actuator when no call fails, and valid until
  // the next call.
  const std::vector<scale::Outcome>& act(const scale::Plan& plan);

  const scale::Fleet& fleet() const { return fleet_; }
  // Since the last clear_shifts(), by time.
  const std::vector<Shift>& shifts() const { return shifts_; }
  void clear_shifts() { shifts_.clear(); }

  // Machines that run, and are paid for: started or on their way from there to being stopped.
  int running() const { return running_; }
  int peak() const { return peak_; }
  // Of all machines together, up to the time reached.
  Duration running_time() const { return running_time_; }

 private:
  struct Transition {
    Duration at;
    std::uint64_t order;
    std::uint32_t machine;
    MachineState to;
    bool operator<(const Transition& other) const {
      return at != other.at ? at > other.at : order > other.order;  // std::priority_queue has its greatest on top
    }
  };

  WallTime wall(Duration time) const { return begin_ + std::chrono::duration_cast<WallTime::duration>(time); }
  std::uint32_t add_machine(std::string region, MachineState state);
  void create(const scale::NewMachine& machine, bool launch);
  void start(const scale::Candidate& candidate);
  void stop(const scale::Candidate& candidate);
  void destroy(const scale::Candidate& candidate);
  scale::Outcome& note(const scale::Candidate& candidate, MachineState becomes);

  std::size_t index_of(std::uint32_t machine) const;
  std::uint32_t machine_of(const std::string& id) const { return by_id_.at(id); }
  void set_state(std::uint32_t machine, MachineState state);
  void schedule(std::uint32_t machine, MachineState to, Duration delay);
  void transition(const Transition& transition);
  void remove(std::uint32_t machine);

  FleetOptions options_;
  WallTime begin_;
  Duration now_{0};
  scale::Fleet fleet_;
  std::vector<std::uint32_t> numbers_;  // of fleet_.machines, rising
  std::unordered_map<std::string, std::uint32_t> by_id_;
  std::unordered_map<std::uint32_t, int> slots_;  // of the machines that have one
  std::unordered_set<std::uint32_t> doomed_;      // to be destroyed once they are stopped
  std::uint32_t next_ = 0;
  std::uint64_t next_order_ = 0;
  std::priority_queue<Transition> transitions_;
  std::vector<Shift> shifts_;
  std::vector<scale::Outcome> outcomes_;
  int running_ = 0;
  int peak_ = 0;
  Duration running_since_{0};  // `running_` is what it is
  Duration running_time_{0};
};

}  // namespace fas::backtest
