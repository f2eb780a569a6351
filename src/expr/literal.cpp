#include "expr/literal.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string>

#include "expr/failure.h"
#include "expr/unicode.h"

namespace fas::expr {
namespace {

int digit_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : 99;
}

// Checks the shape of one escape; what its digits amount to is unescape()'s affair.
class EscapeScanner {
 public:
  EscapeScanner(std::string_view source, std::uint32_t at) : source_(source), at_(at) {}

  // From behind the backslash to behind the escape.
  std::uint32_t skip() {
    switch (const char c = here()) {
      case 'a':
      case 'b':
      case 'f':
      case 'n':
      case 'r':
      case 't':
      case 'v':
      case '\\':
      case '\'':
      case '"':
      case '?': ++at_; return at_;
      case 'x':
        ++at_;
        digits(16, 2);
        return at_;
      case 'u': ++at_; return skip_code_point();
      case 'U':
        ++at_;
        digits(16, 8);
        return at_;
      default:
        if (c < '0' || c > '7') fail();
        digits(8, 3);
        return at_;
    }
  }

 private:
  char here() const { return at_ < source_.size() ? source_[at_] : '\0'; }
  [[noreturn]] void fail() const { throw CompileFailure{at_, "invalid char escape"}; }

  void digits(int base, int count) {
    for (int i = 0; i < count; ++i, ++at_) {
      if (digit_value(here()) >= base) fail();
    }
  }

  // \uXXXX or \u{X...}
  std::uint32_t skip_code_point() {
    if (here() != '{') {
      digits(16, 4);
      return at_;
    }
    ++at_;
    const std::uint32_t from = at_;
    while (digit_value(here()) < 16 && at_ - from < 6) ++at_;
    if (at_ == from || here() != '}') fail();
    return ++at_;
  }

  std::string_view source_;
  std::uint32_t at_;
};

// Reads `text` from `at` as digits of a base; the scanner has seen that they are.
char32_t read_code(std::string_view text, std::size_t& at, std::size_t count, unsigned base) {
  char32_t code = 0;
  for (std::size_t i = 0; i < count; ++i) code = code * base + static_cast<char32_t>(digit_value(text[at++]));
  return code;
}

class Unescaper {
 public:
  Unescaper(std::string_view inside, bool bytes, std::uint32_t offset) : text_(inside), bytes_(bytes), offset_(offset) {
    out_.reserve(inside.size());
  }

  const std::string& run() {
    while (at_ < text_.size()) {
      const std::size_t plain = std::min(text_.find('\\', at_), text_.size());
      out_ += text_.substr(at_, plain - at_);
      at_ = plain;
      if (at_ < text_.size()) escape();
    }
    return out_;
  }

 private:
  [[noreturn]] void fail() const { throw CompileFailure{offset_, "unable to unescape string"}; }

  void escape() {
    const char kind = text_[++at_];
    constexpr std::string_view kLetters = "abfnrtv";
    if (const std::size_t letter = kLetters.find(kind); letter != std::string_view::npos) {
      out_ += "\a\b\f\n\r\t\v"[letter];
      ++at_;
    } else if (kind == 'x') {
      ++at_;
      put(read_code(text_, at_, 2, 16));
    } else if (kind == 'u' || kind == 'U') {
      if (bytes_) fail();
      ++at_;
      code_point(kind);
    } else if (kind >= '0' && kind <= '7') {
      const char32_t code = read_code(text_, at_, 3, 8);
      if (code > 255) fail();
      put(code);
    } else {
      out_ += kind;
      ++at_;
    }
  }

  void code_point(char kind) {
    char32_t code = 0;
    if (text_[at_] == '{') {
      ++at_;
      code = read_code(text_, at_, text_.find('}', at_) - at_, 16);
      ++at_;
    } else {
      code = read_code(text_, at_, kind == 'u' ? 4 : 8, 16);
    }
    if (code > 0x10FFFF) fail();
    append_rune(out_, code);
  }

  void put(char32_t code) {
    if (bytes_) {
      out_ += static_cast<char>(code);
    } else {
      append_rune(out_, code);
    }
  }

  std::string_view text_;
  bool bytes_;
  std::uint32_t offset_;
  std::size_t at_ = 0;
  std::string out_;
};

Value parse_integer(std::string_view digits, int base, std::string_view name, std::string_view text,
                    std::uint32_t offset) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  if (error == std::errc::result_out_of_range) {
    throw CompileFailure{offset, fmt::format("invalid {} literal: {} is too large for 64 bits", name, text)};
  }
  if (error != std::errc{} || end != digits.data() + digits.size()) {
    throw CompileFailure{offset, fmt::format("invalid {} literal: {}", name, text)};
  }
  return Value::integer(value);
}

Value parse_floating(std::string_view digits, std::string_view text, std::uint32_t offset) {
  double value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  const bool whole = end == digits.data() + digits.size();
  if (error == std::errc::result_out_of_range && whole) {
    // Too small is zero, too large is refused; which one, the exponent's sign tells.
    if (digits.find("e-") != std::string_view::npos || digits.find("E-") != std::string_view::npos) {
      return Value::number(0.0);
    }
    throw CompileFailure{offset, fmt::format("invalid float literal: {} is out of range", text)};
  }
  if (error != std::errc{} || !whole) throw CompileFailure{offset, fmt::format("invalid float literal: {}", text)};
  return Value::number(value);
}

}  // namespace

std::uint32_t find_closing_quote(std::string_view source, std::uint32_t open) {
  const char quote = source[open];
  const auto size = static_cast<std::uint32_t>(source.size());
  for (std::uint32_t at = open + 1; at < size;) {
    const char c = source[at];
    if (c == quote) return at + 1;
    if (c == '\n') throw CompileFailure{at, "literal not terminated"};
    ++at;
    if (c == '\\') at = EscapeScanner(source, at).skip();
  }
  throw CompileFailure{size, "literal not terminated"};
}

std::string_view unescape(std::string_view inside, bool bytes, std::uint32_t offset, Arena& arena) {
  if (inside.find('\\') == std::string_view::npos) return inside;
  return arena.copy(Unescaper(inside, bytes, offset).run());
}

std::string_view halve_backquotes(std::string_view text, Arena& arena) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    result += text[i];
    if (text[i] == '`') ++i;
  }
  return arena.copy(result);
}

Value parse_number_literal(std::string_view text, std::uint32_t offset) {
  std::string without;
  std::string_view digits = text;
  if (text.find('_') != std::string_view::npos) {
    without = text;
    std::erase(without, '_');
    digits = without;
  }
  const char prefix = digits.size() > 1 && digits[0] == '0' ? static_cast<char>(digits[1] | 0x20) : '\0';
  if (prefix == 'x') return parse_integer(digits.substr(2), 16, "hex", text, offset);
  if (digits.find_first_of(".eE") != std::string_view::npos) return parse_floating(digits, text, offset);
  if (prefix == 'b') return parse_integer(digits.substr(2), 2, "binary", text, offset);
  if (prefix == 'o') return parse_integer(digits.substr(2), 8, "octal", text, offset);
  return parse_integer(digits, 10, "integer", text, offset);
}

}  // namespace fas::expr
