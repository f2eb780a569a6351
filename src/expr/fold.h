// Computes at compile time what needs no environment.
#pragma once

#include "expr/arena.h"
#include "expr/ast.h"

namespace fas::expr {

// Folds what the reference folds, since that is visible: an integer division by the constant zero is a compile error,
// a && true is a whatever a is, and the sum of a literal of constants is added from the left. Throws CompileFailure.
Node* fold(Node* root, Arena& arena);

}  // namespace fas::expr
