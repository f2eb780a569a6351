#include "cli/expr_session.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/text.h"
#include "expr/builtin.h"
#include "expr/display.h"
#include "expr/explain.h"

namespace fas::cli {
namespace {

constexpr std::string_view kPromptHelp =
    "An expression                 prints its value\n"
    "name = expression             keeps its value under that name\n"
    ":explain expression           prints the value of each part\n"
    ":names                        prints the names and their values\n"
    ":help                         prints this\n"
    ":quit or Control-D            ends\n";

// The name before a single "=" at the beginning of the line; empty for an expression.
std::string_view assigned_name(std::string_view line) {
  const auto equals = line.find('=');
  if (equals == std::string_view::npos || line.substr(equals + 1).starts_with("=")) return {};
  const auto name = trim(line.substr(0, equals));
  return is_expr_name(name) ? name : std::string_view{};
}

}  // namespace

bool ExprSession::show_failure(std::string_view message) {
  err_ << "ERROR: " << message << '\n';
  return false;
}

bool ExprSession::evaluate(std::string_view source) {
  const auto program = expr::compile(source, environment_.schema());
  if (!program) return show_failure(to_string(program.error()));
  const auto value = machine_.run(*program, environment_.slots());
  if (!value) return show_failure(to_string(value.error()));
  out_ << expr::display(*value, SIZE_MAX) << '\n';
  return true;
}

bool ExprSession::show_parts(std::string_view source) {
  const auto parts = expr::explain(source, environment_.schema(), environment_.slots(), machine_);
  if (!parts) return show_failure(to_string(parts.error()));
  for (const auto& part : *parts) {
    out_ << fmt::format("{:{}}{} {} {}\n", "", part.depth * 2, part.source, part.failed ? "failed:" : "=", part.value);
  }
  return !parts->front().failed;
}

bool ExprSession::assign(std::string_view name, std::string_view source) {
  if (const auto done = environment_.add_expression(name, source); !done) return show_failure(done.error().message);
  return true;
}

void ExprSession::show_names() {
  for (std::size_t slot = 0; slot < environment_.schema().size(); ++slot) {
    const auto& name = environment_.schema().field(static_cast<std::uint32_t>(slot)).name;
    out_ << fmt::format("{} = {}\n", name, expr::display(environment_.slots()[slot], 200));
  }
}

bool ExprSession::handle(std::string_view line) {
  line = trim(line);
  if (line.empty()) return true;
  if (line == ":help") {
    out_ << kPromptHelp;
    return true;
  }
  if (line == ":names") {
    show_names();
    return true;
  }
  constexpr std::string_view kExplain = ":explain ";
  if (line.starts_with(kExplain)) return show_parts(line.substr(kExplain.size()));
  if (line.starts_with(":")) return show_failure(fmt::format("{}: unknown command; :help lists them", line));
  if (const auto name = assigned_name(line); !name.empty()) return assign(name, line.substr(line.find('=') + 1));
  return handle_expression(line);
}

std::vector<std::string> ExprSession::complete(std::string_view prefix) const {
  std::vector<std::string> found;
  for (const auto& field : environment_.schema().fields()) {
    if (field.name.starts_with(prefix)) found.push_back(field.name);
  }
  for (const auto name : expr::builtin_names()) {
    if (name.starts_with(prefix)) found.push_back(std::string(name) + "(");
  }
  std::ranges::sort(found);
  return found;
}

}  // namespace fas::cli
