// `fly-autoscaler version`: one line.
#pragma once

#include <string_view>

#include "cli/command_line.h"

namespace fas::cli {

inline constexpr std::string_view kVersionHelp = "print the version";

// "fly-autoscaler v1.2.3, commit=abc1234"; the commit only where the build was told it (cmake -DFAS_COMMIT=...).
int run_version(const Invocation& invocation);

}  // namespace fas::cli
