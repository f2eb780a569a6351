// `fly-autoscaler expr`: evaluates an expression, to try out what a target would be.
#pragma once

#include <ostream>
#include <span>
#include <string>
#include <string_view>

namespace fas::cli {

inline constexpr std::string_view kExprHelp = "evaluate an expression; without one, at a prompt";

// expr [-set NAME=VALUE]... [-env FILE.json]... [-explain] [EXPRESSION | -f FILE], in any order: prints the value, with
// -explain that of each part. Without an expression reads lines from standard input, with line editing where that is a
// terminal. Returns 0; 1 when the expression, a value or a file is wrong (of several lines, any); 2 after the usage.
int run_expr(std::span<const std::string> args, std::ostream& out, std::ostream& err);

}  // namespace fas::cli
