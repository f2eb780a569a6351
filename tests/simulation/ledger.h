// What the autoscaler could know and what it did, by what was seen on the wire alone; kept by the referee.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/machine_state.h"
#include "control/history.h"
#include "tests/simulation/metric.h"
#include "tests/simulation/policy.h"

namespace fas::simulation {

// One machine of a list, as far as a decision may look at it. Only machines that are the policy's business.
struct SeenMachine {
  std::string id;
  std::string name;
  MachineState state = MachineState::kUnknown;
  bool leased = false;
  WallTime created_at;
  WallTime updated_at;
};

struct Snapshot {
  Duration made{0};  // when the platform wrote the list, be it sent later
  std::vector<SeenMachine> machines;
};

enum class ActKind : std::uint8_t { kStart, kStop, kDestroy, kCreate };
std::string_view to_string(ActKind kind);

// What the process knows of a request's outcome.
enum class Known : std::uint8_t { kNothing, kDone, kVoid, kUnknown };

// A request of ours that changes a count. One that is sent again is one more.
struct Act {
  std::uint64_t exchange = 0;
  ActKind kind = ActKind::kStart;
  std::string machine;  // id; of a create the name
  int process = 0;
  std::uint64_t tick = 0;
  Duration decided{0};  // when its tick's decision was made
  Duration sent{0};
  std::optional<Duration> effect;  // of a change that has happened
  Known known = Known::kNothing;

  // Does it take its place in what the process has to count?
  bool counts() const { return known != Known::kVoid; }
};

// A tick that got as far as a decision.
struct Tick {
  std::uint64_t number = 0;
  int process = 0;
  Duration decided{0};  // when the list and the metric were there
  Duration made{0};     // up to when the list shows everything
  std::shared_ptr<const Snapshot> list;
  std::optional<double> depth;       // nullopt: the metric failed
  std::optional<Goal> goal;          // less what the tolerance leaves alone; nullopt: nothing may be done
  WallTime wall;                     // of the process
  bool remembered = false;           // the next process knows of it, too, if this one has died
  std::optional<bool> release;       // what the process was told of a release under way
  std::optional<Metric::Busy> busy;  // nullopt: not known
  std::optional<control::HistoryRecord> record;
  int refusals = 0;  // calls on single machines that came to nothing
  std::vector<Act> acts;
};

}  // namespace fas::simulation
