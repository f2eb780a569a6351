// A summary of the simulated world for tests and the demo's view.
#pragma once

#include <nlohmann/json.hpp>

#include "sim/world.h"

namespace fas::sim {

// {"app", "queue_depth", "peak_queue_depth", "arrivals", "completions", "requeued", "busy", "arrival_rate",
//  "oldest_wait_seconds", "longest_wait_seconds", "mean_wait_seconds", "machine_seconds", "release",
//  "machines": {"started": 2, ...}}; the longest wait counts those who still wait.
nlohmann::ordered_json app_state_json(const World& world, const App& app);

// {"time_seconds", "apps": [...]} of all apps.
nlohmann::ordered_json state_json(const World& world);

}  // namespace fas::sim
