// What literals stand for: escapes of strings, bases and separators of numbers.
#pragma once

#include <cstdint>
#include <string_view>

#include "expr/arena.h"

namespace fas::expr {

// The offset behind the closing quote of the literal whose opening quote stands at `open`. Throws CompileFailure for
// one that is not closed on its line's end, and for escapes that no literal may have.
std::uint32_t find_closing_quote(std::string_view source, std::uint32_t open);

// The text between the quotes with its escapes resolved; in `arena` when there are any. In bytes \x and octal escapes
// stand for single bytes, and there are no \u escapes. Throws CompileFailure at `offset`.
std::string_view unescape(std::string_view inside, bool bytes, std::uint32_t offset, Arena& arena);

// A raw string's `` as `.
std::string_view halve_backquotes(std::string_view text, Arena& arena);

// The number that a literal stands for; a failure is reported at `offset`.
Value parse_number_literal(std::string_view text, std::uint32_t offset);

}  // namespace fas::expr
