// The names that `fly-autoscaler expr` evaluates with: from a JSON file, from -set, from the prompt.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "expr/expr.h"

namespace fas::cli {

// Owns its values. Numbers that are given as such are floats, as the values of metrics are.
class ExprEnvironment {
 public:
  // The members of a JSON object. Errors: kInvalid, with the file's name.
  Result<void> add_file(const std::string& path);

  // "name=value": a number, any other Expr literal or expression over the names known so far, else the text itself.
  Result<void> add_assignment(std::string_view assignment);

  // The value of an expression over the names known so far. Errors: kInvalid with the expression's diagnostic.
  Result<void> add_expression(std::string_view name, std::string_view source);

  const expr::Schema& schema() const { return schema_; }
  std::span<const expr::Value> slots() const { return slots_; }

 private:
  void set(std::string_view name, const expr::Value& value);

  expr::Schema schema_;
  std::vector<expr::Value> slots_;
  std::vector<std::unique_ptr<expr::Machine>> machines_;  // own the values of expressions
  std::vector<expr::Program> programs_;                   // own their constants
  std::vector<std::unique_ptr<expr::Arena>> arenas_;
};

// A letter or underscore, then letters, digits, underscores.
bool is_expr_name(std::string_view name);

}  // namespace fas::cli
