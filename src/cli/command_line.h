// The program's command line: which command runs, usage, and how every failure is shown.
#pragma once

#include <ostream>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"
#include "cli/flags.h"
#include "config/config.h"

namespace fas::cli {

// What a command is given.
struct Invocation {
  std::span<const std::string> args;  // behind the command's name
  const config::Environment& environment;
  std::ostream& out;
  std::ostream& err;
};

struct Command {
  std::string_view name;
  std::string_view arguments;  // for the usage: "[-config FILE]"
  std::string_view help;       // one line
  int (*run)(const Invocation& invocation);
};

std::span<const Command> commands();

// The whole program: `args` are those behind the program's name. Returns the exit status: 0; 1 for a failure, shown on
// `err` as "ERROR: ..."; 2 after the usage (no command, help, a flag).
int run_main(std::span<const std::string> args, const config::Environment& environment, std::ostream& out,
             std::ostream& err);

// "ERROR: MESSAGE" and exit status 1.
int show_error(std::ostream& err, std::string_view message);

inline constexpr int kUsageStatus = 2;

// The flags of a command that takes no further arguments. An error is what parse_flags() says, or an argument too many;
// `help` is for the caller to see to.
Result<ParsedFlags> parse_only_flags(std::span<const std::string> args, std::span<const Flag> flags);

// "Usage: fly-autoscaler NAME [flags] ARGUMENTS" and a line for each flag. Returns kUsageStatus.
int show_usage(std::ostream& out, std::string_view name, std::string_view help, std::span<const Flag> flags,
               std::string_view arguments = {});

inline constexpr Flag kConfigFlag = {
    .name = "config", .placeholder = "FILE", .help = "YAML file; what it says overrides the environment key by key"};

}  // namespace fas::cli
