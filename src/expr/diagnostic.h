// Failures as users see them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "expr/expr.h"

namespace fas::expr {

// `offset` is a byte in `source`, or kNoOffset.
Diagnostic diagnose(Diagnostic::Kind kind, std::string_view source, std::uint32_t offset, std::string message);

}  // namespace fas::expr
