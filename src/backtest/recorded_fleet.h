// The machines of a recording: as many exist and run as were counted at each tick, whatever a policy does about it.
// With it, a policy is asked what the recording daemon was asked, and has to decide as that did.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "scale/fleet.h"
#include "scale/outcome.h"
#include "scale/plan.h"
#include "scale/samples.h"

namespace fas::backtest {

class RecordedFleet {
 public:
  explicit RecordedFleet(std::string region) : region_(std::move(region)) {}

  // The fleet of that tick; `next` is the one after it, null of the last. A machine that was sent an action is in the
  // state which that leads to until the counts show that it has arrived there: recordings tell how many run, not which
  // are on their way.
  const scale::Fleet& at(const scale::Tick& tick, const scale::Tick* next);

  // The outcomes of calls that all succeed; valid until the next call.
  const std::vector<scale::Outcome>& act(const scale::Plan& plan, WallTime now);

 private:
  void settle(WallTime now);
  void match_created(const scale::Tick& tick);
  void match_started(const scale::Tick& tick);
  MachineState becomes(scale::ActionKind action, const scale::Candidate& candidate);
  void add(std::string region, MachineState state, WallTime now);
  void remove(std::vector<scale::Machine>::iterator machine);

  std::string region_;
  int gone_by_next_ = 0;  // machines that exist now, and at the next tick do not
  scale::Fleet fleet_;
  std::map<std::string, int, std::less<>> slots_;  // of the machines that have one
  std::uint64_t next_ = 0;
  std::vector<scale::Outcome> outcomes_;
};

}  // namespace fas::backtest
