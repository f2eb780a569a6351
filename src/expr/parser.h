// Tokens to syntax tree.
#pragma once

#include <cstdint>

#include "expr/arena.h"
#include "expr/ast.h"
#include "expr/lexer.h"

namespace fas::expr {

struct ParserLimits {
  std::uint32_t nodes = 10'000;
  std::uint32_t nesting = 1'000;
};

// The tree in `arena`. Throws CompileFailure at the first token that does not fit.
Node* parse(Lexer& lexer, Arena& arena, const ParserLimits& limits);

}  // namespace fas::expr
