// `fly-autoscaler plan`: what would the next tick do, and why? And `explain`, the same of a tick that was, with what
// came of it, and `history`, all of them.
#pragma once

#include <string_view>

#include "cli/command_line.h"

namespace fas::cli {

inline constexpr std::string_view kPlanHelp = "show what the next tick would do and why; touch nothing";
inline constexpr std::string_view kExplainHelp = "show why it did what it did, from the history in state-dir";
inline constexpr std::string_view kHistoryHelp = "list past decisions, the newest first";

// plan [-config FILE] [-app NAME] [-json]: asks the collectors and the Fly APIs for what they have, changes nothing.
// What a running `serve` remembers is taken from its state-dir, where there is one. -app is required with a wildcard.
int run_plan(const Invocation& invocation);

// explain [-config FILE | -state-dir DIR] [-app NAME] [-at TIME] [-json]: the last decision at or before TIME (RFC
// 3339; default now).
int run_explain(const Invocation& invocation);

// history [-config FILE | -state-dir DIR] [-app PATTERN] [-since TIME|DURATION] [-until TIME] [-actions] [-n COUNT]
// [-json]: with -json one object a line.
int run_history(const Invocation& invocation);

}  // namespace fas::cli
