// Many seeds, side by side on threads that share nothing but the next seed to take.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "tests/simulation/run.h"

namespace fas::simulation {

struct Failure {
  std::uint64_t seed = 0;
  Violation violation;
};

struct Campaign {
  std::uint64_t seeds = 0;
  std::uint64_t ticks = 0;
  std::uint64_t acts = 0;
  std::uint64_t creates = 0;
  std::uint64_t crashes = 0;
  Duration simulated{0};
  std::vector<Failure> failures;  // by seed
};

// Ends early when there are `enough` failures.
Campaign run_seeds(std::uint64_t first, std::uint64_t last, int threads, std::size_t enough = 100);

// What a person needs to know of a failure: what happened, by which events, and how to see it again.
std::string explain(const Failure& failure);

// The program's log, which every process of every thread would write to.
void silence_log();

}  // namespace fas::simulation
