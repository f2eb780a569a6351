// `fly-autoscaler backtest`: what would a policy have done with the traffic of the past, what would it have cost, and
// how long would jobs have waited?
#pragma once

#include <string_view>

#include "cli/command_line.h"

namespace fas::cli {

inline constexpr std::string_view kBacktestHelp = "try policies on recorded metrics: cost, waiting, plots";

// Exit status 1 also where -fail-if holds of the configuration's policy or one of -policy.
int run_backtest(const Invocation& invocation);

}  // namespace fas::cli
