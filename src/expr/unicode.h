// Code points of UTF-8 text, as Go reads them: a byte that is no part of valid UTF-8 counts as U+FFFD, one byte long.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace fas::expr {

struct Rune {
  char32_t code = 0xFFFD;
  std::uint32_t size = 1;  // bytes
};

Rune decode_rune(std::string_view text);  // of the first code point; `text` is not empty
std::size_t count_runes(std::string_view text);
bool is_ascii(std::string_view text);

// Appends; a surrogate or a code beyond U+10FFFF becomes U+FFFD.
void append_rune(std::string& out, char32_t code);

bool is_letter(char32_t code);
bool is_digit(char32_t code);

}  // namespace fas::expr
