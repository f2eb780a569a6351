// A machine as the Machines API shows it.
#pragma once

#include <string>

#include "base/clock.h"
#include "sim/machine.h"

namespace fas::sim {

// The whole JSON object. A machine on a host that does not answer has `incomplete_config` in the place of `config`.
std::string machine_json(const Machine& machine);

// "2026-11-24T17:03:15.123Z"
std::string rfc3339(WallTime time);

}  // namespace fas::sim
