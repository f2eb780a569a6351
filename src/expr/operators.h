// The operators' place in the grammar.
#pragma once

#include "expr/token.h"

namespace fas::expr {

struct BinaryOperator {
  int precedence = 0;  // higher binds tighter
  bool right_associative = false;
  bool negatable = false;   // "not" may stand before it: not in
  bool comparison = false;  // may be chained: a < b < c
};

// Null for a symbol that is none.
const BinaryOperator* find_binary(Symbol symbol);

// The precedence of a prefix operator's operand; negative for a symbol that is none.
int unary_precedence(Symbol symbol);

}  // namespace fas::expr
