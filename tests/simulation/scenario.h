// Everything that a run is made from, drawn from one seed.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/machine_state.h"
#include "sim/spread.h"
#include "tests/simulation/event.h"
#include "tests/simulation/policy.h"

namespace fas::simulation {

struct Scenario {
  std::uint64_t seed = 0;
  Policy policy;

  // The platform at the begin.
  std::vector<MachineState> machines;  // of the app's group
  bool decoys = false;                 // machines that are none of the autoscaler's business stand among them
  bool services = false;               // the proxy sends them requests
  double depth = 0;                    // of the metric
  sim::Spread latency, create_time, boot_time, stop_time, destroy_time;
  int name_conflict_status = 409;

  std::vector<Event> events;  // by time; all are over, and the process runs, by `calm`
  Duration calm{0};           // from here on only the constant metric is left
  Duration settled{0};        // by now the counts must fit, and nothing may be done any more
  Duration end{0};
};

Scenario make_scenario(std::uint64_t seed);

}  // namespace fas::simulation
