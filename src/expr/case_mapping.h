// Upper and lower case of text, code point by code point, as Go's strings.ToUpper and ToLower.
#pragma once

#include <string>
#include <string_view>

#include "expr/arena.h"

namespace fas::expr {

// A code point maps to one code point: "ß" stays. Bytes that are no UTF-8 become U+FFFD, if there are other letters
// than ASCII in the text.
std::string to_upper(std::string_view text);
std::string to_lower(std::string_view text);

// The same in an arena.
std::string_view to_upper(std::string_view text, Arena& arena);
std::string_view to_lower(std::string_view text, Arena& arena);

// Unicode's White_Space, what trim() takes off.
bool is_space(char32_t code);

}  // namespace fas::expr
