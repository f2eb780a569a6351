// `fly-autoscaler collect`: what does every collector say? What one runs first when setting up.
#pragma once

#include <string_view>

#include "cli/command_line.h"

namespace fas::cli {

inline constexpr std::string_view kCollectHelp = "ask every collector once and show value, age and latency";

// collect [-config FILE] [-app NAME] [-watch] [-json]: with -watch again at every interval, until it is interrupted.
// Needs no token of Fly's. Exit status 1 when a collector fails.
int run_collect(const Invocation& invocation);

}  // namespace fas::cli
