// Finds out which events of a failing scenario it takes to fail, by leaving others out.
#pragma once

#include "tests/simulation/run.h"

namespace fas::simulation {

// The scenario with as few of its events as still break the same rule. Delta debugging (Zeller, Hildebrandt 2002), for
// at most `runs` runs.
Scenario minimise(const Scenario& failing, const std::string& rule, int runs = 600);

}  // namespace fas::simulation
