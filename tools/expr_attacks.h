// Expressions that try to take all memory, time or stack. Each must end with an error, soon: limits on source, tree,
// nesting, memory and steps see to it. Shared by the expr-attacks tool and the tests.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "expr/expr.h"

namespace fas::tools {

struct ExprAttack {
  std::string name;
  std::string source;
};

const std::vector<ExprAttack>& syntax_attacks();  // on lexer, parser and checker
const std::vector<ExprAttack>& run_attacks();     // on the machine, with few characters

// What it ends with; nullopt when it gives a value after all. The expressions know x, a float, and any, of any type.
std::optional<expr::Diagnostic> attack(const ExprAttack& attack);

}  // namespace fas::tools
