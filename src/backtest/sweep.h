// Many parameters at once: which points there are, the runs of them on all cores, and which are worth a look.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "backtest/candidate_policy.h"
#include "backtest/replay.h"
#include "base/error.h"

namespace fas::backtest {

struct SweepRange {
  std::string name;
  std::vector<double> values;
};

// "per=5..50", "per=5..50:5"; the step is 1 where none is given. Errors: kInvalid with what to write; at most 1,000
// values.
Result<SweepRange> parse_sweep(std::string_view text);

// "per=20".
Result<std::pair<std::string, double>> parse_constant(std::string_view text);

// Every combination of the ranges' values. Errors: more than 10,000.
Result<std::vector<Constants>> sweep_points(std::span<const SweepRange> ranges);

// "per=20, least=1".
std::string name_of(const Constants& constants);

// Calls `run` with 0 ..< count, on as many threads as there are cores. `run` touches nothing that another call does.
void run_side_by_side(std::size_t count, const std::function<void(std::size_t)>& run);

// Of each point, whether no other is as cheap and as quick and in one of the two better: those worth choosing from.
struct CostAndWait {
  double cost = 0;
  double wait = 0;
};
std::vector<bool> pareto_front(std::span<const CostAndWait> points);

}  // namespace fas::backtest
