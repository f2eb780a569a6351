// Plays one scenario from its begin to its end, or to the first thing that must not be.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tests/simulation/referee.h"
#include "tests/simulation/scenario.h"

namespace fas::simulation {

struct RunOptions {
  bool trace = false;
};

struct Report {
  std::optional<Violation> violation;
  std::uint64_t ticks = 0;
  std::uint64_t acts = 0;
  std::uint64_t creates = 0;
  std::uint64_t crashes = 0;
  Duration simulated{0};
  std::uint64_t hash = 0;          // of everything that was on the wire: the same for the same scenario
  std::vector<std::string> trace;  // the same for people
};

Report run(const Scenario& scenario, const RunOptions& options = {});

}  // namespace fas::simulation
