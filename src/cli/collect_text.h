// What `collect` prints.
#pragma once

#include <nlohmann/json.hpp>
#include <span>
#include <string>

#include "base/clock.h"
#include "config/config.h"
#include "scale/observation.h"

namespace fas::cli {

// A table with a row for each collector: metric, type, value, age, latency; and below it what went wrong, each with
// what to do. `observations` are in the order of `collectors`.
std::string collect_text(std::span<const config::Collector> collectors,
                         std::span<const scale::Observation> observations, WallTime now);

// One object a collector: metric, type, value or error, age_seconds where it is known, latency_seconds.
nlohmann::ordered_json collect_json(std::span<const config::Collector> collectors,
                                    std::span<const scale::Observation> observations, WallTime now);

}  // namespace fas::cli
