// `fly-autoscaler members`: which autoscalers share the work, and who looks after which app?
#pragma once

#include <string_view>

#include "cli/command_line.h"

namespace fas::cli {

inline constexpr std::string_view kMembersHelp = "show the autoscalers that share the work, and who owns which app";

// members [-config FILE] [-apps] [-json]: asks the engine of the configuration's `coordination` itself, so that it
// answers also when no autoscaler does. Changes nothing. Exit status 1 when the engine cannot be asked.
int run_members(const Invocation& invocation);

}  // namespace fas::cli
