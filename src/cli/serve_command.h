// `fly-autoscaler serve`: the daemon.
#pragma once

#include <ostream>
#include <span>
#include <string>

#include "config/config.h"

namespace fas::cli {

// Runs until a signal. Returns 0 then, 1 when it could not begin; the reason is on `err` as "ERROR: ...".
int run_serve(const std::string& config_path, const config::Environment& environment, std::ostream& err);

}  // namespace fas::cli
