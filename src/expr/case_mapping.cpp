#include "expr/case_mapping.h"

#include <utf8proc.h>

#include <cstring>

#include "expr/unicode.h"

namespace fas::expr {
namespace {

char upper_ascii(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }
char lower_ascii(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// utf8proc gives the sharp s a capital; the Unicode data's simple mapping, and so Go, has none.
char32_t upper_rune(char32_t code) {
  if (code == 0xDF) return code;
  return static_cast<char32_t>(utf8proc_toupper(static_cast<utf8proc_int32_t>(code)));
}

char32_t lower_rune(char32_t code) {
  return static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(code)));
}

template <class Ascii, class Mapping>
std::string map_text(std::string_view text, Ascii ascii, Mapping mapping) {
  std::string out;
  out.reserve(text.size());
  if (is_ascii(text)) {
    for (const char c : text) out += ascii(c);
    return out;
  }
  while (!text.empty()) {
    const auto rune = decode_rune(text);
    append_rune(out, mapping(rune.code));
    text.remove_prefix(rune.size);
  }
  return out;
}

// Eight ASCII characters at a time: turns the case of the 26 letters from kFirst on. The top bit of each byte, which
// ASCII leaves free, takes the outcome of the comparisons.
template <char kFirst>
std::uint64_t turn_letters(std::uint64_t characters) {
  constexpr std::uint64_t kEach = 0x0101010101010101U;
  const std::uint64_t from_first = characters + kEach * (0x80 - kFirst);
  const std::uint64_t behind_last = characters + kEach * (0x80 - (kFirst + 26));
  const std::uint64_t letters = from_first & ~behind_last & (kEach * 0x80);
  return characters ^ (letters >> 2);
}

// Turns `size` characters, at most eight.
template <char kFirst>
void turn_some(const char* from, char* to, std::size_t size) {
  std::uint64_t characters = 0;
  std::memcpy(&characters, from, size);
  characters = turn_letters<kFirst>(characters);
  std::memcpy(to, &characters, size);
}

// ASCII needs no detour; kFirst is the first of the letters to change.
template <char kFirst, class Whole>
std::string_view map_in(std::string_view text, Arena& arena, Whole whole) {
  if (!is_ascii(text)) return arena.copy(whole(text));
  if (text.empty()) return {};
  char* const to = static_cast<char*>(arena.allocate(text.size()));
  if (text.size() < 8) {
    turn_some<kFirst>(text.data(), to, text.size());
  } else {
    const std::size_t last = text.size() - 8;  // the last eight may have been turned in part already: from `text`
    for (std::size_t at = 0; at < last; at += 8) turn_some<kFirst>(text.data() + at, to + at, 8);
    turn_some<kFirst>(text.data() + last, to + last, 8);
  }
  return {to, text.size()};
}

}  // namespace

std::string_view to_upper(std::string_view text, Arena& arena) {
  return map_in<'a'>(text, arena, [](std::string_view all) { return to_upper(all); });
}
std::string_view to_lower(std::string_view text, Arena& arena) {
  return map_in<'A'>(text, arena, [](std::string_view all) { return to_lower(all); });
}

std::string to_upper(std::string_view text) { return map_text(text, upper_ascii, upper_rune); }
std::string to_lower(std::string_view text) { return map_text(text, lower_ascii, lower_rune); }

bool is_space(char32_t code) {
  return (code >= 0x09 && code <= 0x0D) || code == 0x20 || code == 0x85 || code == 0xA0 || code == 0x1680 ||
         (code >= 0x2000 && code <= 0x200A) || code == 0x2028 || code == 0x2029 || code == 0x202F || code == 0x205F ||
         code == 0x3000;
}

}  // namespace fas::expr
