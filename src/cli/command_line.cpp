#include "cli/command_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <optional>
#include <vector>

#include "base/text.h"
#include "cli/backtest_command.h"
#include "cli/check_command.h"
#include "cli/collect_command.h"
#include "cli/eval_command.h"
#include "cli/expr_command.h"
#include "cli/members_command.h"
#include "cli/plan_command.h"
#include "cli/schema_command.h"
#include "cli/serve_command.h"
#include "cli/sim_command.h"
#include "cli/version_command.h"

namespace fas::cli {
namespace {

constexpr std::string_view kServeHelp = "run the autoscaler";

int serve(const Invocation& invocation) {
  constexpr Flag kFlags[] = {kConfigFlag};
  const Result<ParsedFlags> flags = parse_only_flags(invocation.args, kFlags);
  if (!flags) return show_error(invocation.err, flags.error().message);
  if (flags->help) return show_usage(invocation.out, "serve", kServeHelp, kFlags);
  return run_serve(flags->value("config"), invocation.environment, invocation.err);
}

constexpr Command kCommands[] = {
    {.name = "serve", .arguments = "[-config FILE]", .help = kServeHelp, .run = serve},
    {.name = "eval", .arguments = "[-config FILE]", .help = kEvalHelp, .run = run_eval},
    {.name = "members", .arguments = "[-config FILE]", .help = kMembersHelp, .run = run_members},
    {.name = "plan", .arguments = "[-config FILE]", .help = kPlanHelp, .run = run_plan},
    {.name = "explain", .arguments = "[flags]", .help = kExplainHelp, .run = run_explain},
    {.name = "history", .arguments = "[flags]", .help = kHistoryHelp, .run = run_history},
    {.name = "backtest", .arguments = "[flags]", .help = kBacktestHelp, .run = run_backtest},
    {.name = "collect", .arguments = "[-config FILE]", .help = kCollectHelp, .run = run_collect},
    {.name = "check", .arguments = "[-config FILE]", .help = kCheckHelp, .run = run_check},
    {.name = "expr",
     .arguments = "[EXPRESSION]",
     .help = "evaluate an expression; without one, at a prompt",
     .run = [](const Invocation& invocation) { return run_expr(invocation.args, invocation.out, invocation.err); }},
    {.name = "sim",
     .arguments = "[flags]",
     .help = "simulate the Fly APIs and a workload",
     .run = [](const Invocation& invocation) { return run_sim(invocation.args, invocation.out, invocation.err); }},
    {.name = "schema", .arguments = "", .help = kSchemaHelp, .run = run_schema},
    {.name = "version", .arguments = "", .help = kVersionHelp, .run = run_version},
};

const Command* find_command(std::string_view name) {
  const auto* const found = std::ranges::find(kCommands, name, &Command::name);
  return found == std::end(kCommands) ? nullptr : found;
}

int show_program_usage(std::ostream& out) {
  out << "fly-autoscaler keeps the right number of Fly Machines running, by any metric.\n\n"
         "Usage: fly-autoscaler COMMAND [flags]\n\nCommands:\n";
  for (const Command& command : kCommands) {
    out << fmt::format("  {:<24} {}\n", fmt::format("{} {}", command.name, command.arguments), command.help);
  }
  out << fmt::format("  {:<24} {}\n", "help [COMMAND]", "show this, or the flags of a command");
  return kUsageStatus;
}

int unknown_command(std::ostream& err, std::string_view name) {
  show_error(err, fmt::format("fly-autoscaler {}: unknown command", name));
  std::vector<std::string_view> names;
  for (const Command& command : kCommands) names.push_back(command.name);
  if (const auto meant = nearest(name, names)) err << fmt::format("did you mean \"{}\"?\n", *meant);
  return 1;
}

int run_help(std::span<const std::string> args, const config::Environment& environment, std::ostream& out,
             std::ostream& err) {
  if (args.empty()) return show_program_usage(out);
  const Command* command = find_command(args.front());
  if (command == nullptr) return unknown_command(err, args.front());
  const std::vector<std::string> ask = {"-help"};
  return command->run({.args = ask, .environment = environment, .out = out, .err = err});
}

int dispatch(std::span<const std::string> args, const config::Environment& environment, std::ostream& out,
             std::ostream& err) {
  if (args.empty() || args.front().starts_with('-')) return show_program_usage(out);
  const std::string& name = args.front();
  args = args.subspan(1);
  if (name == "help") return run_help(args, environment, out, err);
  const Command* command = find_command(name);
  if (command == nullptr) return unknown_command(err, name);
  const int status = command->run({.args = args, .environment = environment, .out = out, .err = err});
  if (!out.flush()) return show_error(err, "cannot write to standard output");
  return status;
}

}  // namespace

std::span<const Command> commands() { return kCommands; }

int run_main(std::span<const std::string> args, const config::Environment& environment, std::ostream& out,
             std::ostream& err) {
  try {
    return dispatch(args, environment, out, err);
  } catch (const std::exception& exception) {
    return show_error(err, exception.what());
  }
}

int show_error(std::ostream& err, std::string_view message) {
  err << "ERROR: " << message << '\n';
  return 1;
}

Result<ParsedFlags> parse_only_flags(std::span<const std::string> args, std::span<const Flag> flags) {
  Result<ParsedFlags> parsed = parse_flags(args, flags);
  if (parsed && !parsed->arguments.empty()) {
    return fail(ErrorKind::kInvalid, fmt::format("unexpected argument: {}", parsed->arguments.front()));
  }
  return parsed;
}

namespace {
// "-config FILE", of a switch "-explain".
std::string flag_usage(const Flag& flag) {
  return flag.placeholder.empty() ? fmt::format("-{}", flag.name) : fmt::format("-{} {}", flag.name, flag.placeholder);
}
}  // namespace

int show_usage(std::ostream& out, std::string_view name, std::string_view help, std::span<const Flag> flags,
               std::string_view arguments) {
  out << fmt::format("fly-autoscaler {}: {}\n\nUsage: fly-autoscaler {}", name, help, name);
  for (const Flag& flag : flags) out << fmt::format(" [{}]", flag_usage(flag));
  if (!arguments.empty()) out << ' ' << arguments;
  out << '\n';
  if (!flags.empty()) out << "\nFlags:\n";
  for (const Flag& flag : flags) {
    out << fmt::format("  {:<14} {}\n", flag_usage(flag), flag.help);
  }
  return kUsageStatus;
}

}  // namespace fas::cli
