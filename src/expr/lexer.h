// Source text to tokens.
#pragma once

#include <string_view>
#include <vector>

#include "expr/arena.h"
#include "expr/token.h"

namespace fas::expr {

// Fills `tokens`, which ends with a kEnd token. Decoded strings live in `arena`, everything else in `source`. Throws
// CompileFailure; a fault anywhere in the text comes before any fault of grammar.
void tokenize(std::string_view source, Arena& arena, std::vector<Token>& tokens);

}  // namespace fas::expr
