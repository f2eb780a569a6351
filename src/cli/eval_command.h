// `fly-autoscaler eval`: what would the targets be now?
#pragma once

#include <string_view>

#include "cli/command_line.h"

namespace fas::cli {

inline constexpr std::string_view kEvalHelp = "collect the metrics once and print the target counts";

// Asks the collectors and nobody else, within the configured timeout, and prints the targets as the Go program does.
// Machines are not looked at: to an expression there are none.
int run_eval(const Invocation& invocation);

}  // namespace fas::cli
