// `fly-autoscaler check`: is the configuration one that `serve` can run?
#pragma once

#include <string_view>

#include "cli/command_line.h"

namespace fas::cli {

inline constexpr std::string_view kCheckHelp = "validate the configuration and every expression; touch nothing";

// Does what `serve` does before its first call to anybody: reads the configuration, compiles the expressions, makes the
// collectors. Prints "ok: app worker, 2 collectors, 4 expressions" and returns 0; or every problem, and returns 1.
int run_check(const Invocation& invocation);

}  // namespace fas::cli
