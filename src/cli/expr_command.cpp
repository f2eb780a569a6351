#include "cli/expr_command.h"

#include <fmt/core.h>
#include <unistd.h>

#include <fstream>
#include <iostream>
#include <iterator>

#include "cli/command_line.h"
#include "cli/expr_prompt.h"
#include "cli/expr_session.h"

namespace fas::cli {
namespace {

constexpr Flag kFlags[] = {
    {.name = "set", .placeholder = "NAME=VALUE", .help = "a name and its value; may be repeated"},
    {.name = "env", .placeholder = "FILE", .help = "a JSON file with an object of names and values"},
    {.name = "f", .placeholder = "FILE", .help = "read the expression from a file"},
    {.name = "explain", .placeholder = "", .help = "print the value of each part of the expression"},
};

struct Request {
  ExprEnvironment environment;
  bool explain = false;
  bool help = false;
  std::optional<std::string> source;
};

Result<std::string> read_source(const std::string& path) {
  std::ifstream in(path);
  if (!in) return fail(ErrorKind::kNotFound, fmt::format("{}: cannot open the file", path));
  return std::string(std::istreambuf_iterator<char>(in), {});
}

Result<void> apply_flag(Request& request, std::string_view name, const std::string& value) {
  if (name == "explain") {
    request.explain = true;
    return {};
  }
  if (name == "set") return request.environment.add_assignment(value);
  if (name == "env") return request.environment.add_file(value);
  auto source = read_source(value);
  if (!source) return std::unexpected(source.error());
  request.source = std::move(*source);
  return {};
}

Result<Request> read_request(std::span<const std::string> args) {
  Request request;
  const auto flags = parse_flags(args, kFlags, FlagOrder::kAnywhere);
  if (!flags) return std::unexpected(flags.error());
  request.help = flags->help;
  if (flags->help) return request;
  for (const auto& [name, value] : flags->values) {
    if (auto done = apply_flag(request, name, value); !done) return std::unexpected(done.error());
  }
  if (flags->arguments.size() > 1 || (!flags->arguments.empty() && request.source)) {
    return fail(ErrorKind::kInvalid, "expr takes one expression; put it in quotes");
  }
  if (!flags->arguments.empty()) request.source = flags->arguments.front();
  return request;
}

}  // namespace

int run_expr(std::span<const std::string> args, std::ostream& out, std::ostream& err) {
  auto request = read_request(args);
  if (!request) return show_error(err, request.error().message);
  if (request->help) return show_usage(out, "expr", kExprHelp, kFlags, "[EXPRESSION]");
  ExprSession session(std::move(request->environment), request->explain, out, err);
  if (request->source) return session.handle_expression(*request->source) ? 0 : 1;
  if (::isatty(STDIN_FILENO) == 1) {
    run_prompt(session);
    return 0;
  }
  return run_lines(session, std::cin) ? 0 : 1;
}

}  // namespace fas::cli
