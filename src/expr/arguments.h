// How builtins read their arguments: the checker has seen the static types only, so the kinds are tested again here.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "expr/builtin.h"

namespace fas::expr {

// Each fails the run with "cannot use KIND as argument (type WANTED) to call NAME" when the argument is of another
// kind.
std::string_view text_argument(std::span<const Value> arguments, std::size_t index, std::string_view function);
std::int64_t int_argument(std::span<const Value> arguments, std::size_t index, std::string_view function);

[[noreturn]] void fail_argument(const Value& argument, std::string_view wanted, std::string_view function);

}  // namespace fas::expr
