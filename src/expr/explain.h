// How an expression came to its value: each part of it with the value that it has by itself.
#pragma once

#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "expr/expr.h"

namespace fas::expr {

struct ExplainedPart {
  int depth = 0;       // 0 is the whole expression; a part stands behind what it is part of, one deeper
  std::string source;  // with every operation in parentheses
  std::string value;   // as display() shows it; of a failed part what went wrong
  bool failed = false;
};

// The whole and its parts from the outside in, except literals and what depends on the element of a loop. A part that
// the whole skips (the other branch of ?:) is evaluated all the same. A Diagnostic when the whole does not compile.
std::expected<std::vector<ExplainedPart>, Diagnostic> explain(std::string_view source, const Schema& schema,
                                                              std::span<const Value> slots, Machine& machine,
                                                              const CompileOptions& options = {});

}  // namespace fas::expr
