// `fly-autoscaler schema`: the JSON schema of the configuration file, for editors.
#pragma once

#include <string_view>

#include "cli/command_line.h"

namespace fas::cli {

inline constexpr std::string_view kSchemaHelp = "print the JSON schema of the configuration file, for editors";

int run_schema(const Invocation& invocation);

}  // namespace fas::cli
