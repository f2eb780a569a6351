// Syntax tree to operations.
#pragma once

#include "expr/ast.h"
#include "expr/code.h"
#include "expr/schema.h"

namespace fas::expr {

// Fills `code` (root, registers, patterns, slots) from a checked tree. With `optimize` the types choose quicker
// operations and loops are joined; the results are the same.
void generate(const Node& root, const Schema& schema, bool optimize, Code& code);

}  // namespace fas::expr
