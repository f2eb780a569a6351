// What a line at the prompt of `fly-autoscaler expr` does, apart from reading it.
#pragma once

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "cli/expr_environment.h"

namespace fas::cli {

class ExprSession {
 public:
  ExprSession(ExprEnvironment environment, bool explain, std::ostream& out, std::ostream& err)
      : environment_(std::move(environment)), explain_(explain), out_(out), err_(err) {}

  // An expression, "name = expression", or ":help", ":names", ":explain EXPRESSION". Shows the result, or on the error
  // stream what is wrong; false then.
  bool handle(std::string_view line);

  // An expression only, whatever it begins with.
  bool handle_expression(std::string_view source) { return explain_ ? show_parts(source) : evaluate(source); }

  // Names and functions that begin with `prefix`, sorted.
  std::vector<std::string> complete(std::string_view prefix) const;

 private:
  bool evaluate(std::string_view source);
  bool show_parts(std::string_view source);
  bool assign(std::string_view name, std::string_view source);
  void show_names();
  bool show_failure(std::string_view message);

  ExprEnvironment environment_;
  expr::Machine machine_;
  bool explain_;
  std::ostream& out_;
  std::ostream& err_;
};

}  // namespace fas::cli
