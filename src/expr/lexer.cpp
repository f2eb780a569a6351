#include "expr/lexer.h"

#include <fmt/format.h>

#include <array>

#include "expr/failure.h"
#include "expr/literal.h"
#include "expr/unicode.h"

namespace fas::expr {
namespace {

enum class Class : std::uint8_t { kBad, kSpace, kWord, kDigit, kQuote, kBackquote, kOperator, kOpen, kClose, kHigh };

constexpr std::array<Class, 256> make_classes() {
  std::array<Class, 256> classes{};
  for (int c = 0; c < 256; ++c) {
    if (c >= 0x80) classes[c] = Class::kHigh;
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$') classes[c] = Class::kWord;
    if (c >= '0' && c <= '9') classes[c] = Class::kDigit;
  }
  for (const char c : std::string_view(" \t\n\v\f\r")) classes[static_cast<unsigned char>(c)] = Class::kSpace;
  for (const char c : std::string_view("?/#|:.,;%+-^&!=*<>")) classes[static_cast<unsigned char>(c)] = Class::kOperator;
  for (const char c : std::string_view("([{")) classes[static_cast<unsigned char>(c)] = Class::kOpen;
  for (const char c : std::string_view(")]}")) classes[static_cast<unsigned char>(c)] = Class::kClose;
  classes['\''] = classes['"'] = Class::kQuote;
  classes['`'] = Class::kBackquote;
  return classes;
}

constexpr std::array<Class, 256> kClasses = make_classes();

constexpr bool is_space_rune(char32_t code) {
  return code == 0x85 || code == 0xA0 || code == 0x1680 || (code >= 0x2000 && code <= 0x200A) || code == 0x2028 ||
         code == 0x2029 || code == 0x202F || code == 0x205F || code == 0x3000;
}

Symbol word_symbol(std::string_view word) {
  if (word.size() < 2 || word.size() > 10) return Symbol::kNone;
  switch (word.front()) {
    case 'a': return word == "and" ? Symbol::kAnd : Symbol::kNone;
    case 'c': return word == "contains" ? Symbol::kContains : Symbol::kNone;
    case 'e': return word == "else" ? Symbol::kElse : word == "endsWith" ? Symbol::kEndsWith : Symbol::kNone;
    case 'i': return word == "in" ? Symbol::kIn : word == "if" ? Symbol::kIf : Symbol::kNone;
    case 'l': return word == "let" ? Symbol::kLet : Symbol::kNone;
    case 'm': return word == "matches" ? Symbol::kMatches : Symbol::kNone;
    case 'n': return word == "not" ? Symbol::kNot : Symbol::kNone;
    case 'o': return word == "or" ? Symbol::kOr : Symbol::kNone;
    case 's': return word == "startsWith" ? Symbol::kStartsWith : Symbol::kNone;
    default: return Symbol::kNone;
  }
}

constexpr std::uint32_t pair(char first, char second) {
  return static_cast<unsigned char>(first) * 256U + static_cast<unsigned char>(second);
}

Symbol operator_symbol(std::string_view text) {
  if (text.size() == 1) {
    constexpr std::string_view kSingle = "|<>+-*/%^!.?:,;#";
    constexpr Symbol kSymbols[] = {Symbol::kPipe,  Symbol::kLess,    Symbol::kGreater,   Symbol::kPlus,
                                   Symbol::kMinus, Symbol::kTimes,   Symbol::kDivide,    Symbol::kModulo,
                                   Symbol::kCaret, Symbol::kNotSign, Symbol::kDot,       Symbol::kQuestion,
                                   Symbol::kColon, Symbol::kComma,   Symbol::kSemicolon, Symbol::kHash};
    const std::size_t at = kSingle.find(text.front());
    return at == std::string_view::npos ? Symbol::kOther : kSymbols[at];
  }
  switch (pair(text[0], text[1])) {
    case pair('|', '|'): return Symbol::kOrSign;
    case pair('&', '&'): return Symbol::kAndSign;
    case pair('=', '='): return Symbol::kEqual;
    case pair('!', '='): return Symbol::kNotEqual;
    case pair('<', '='): return Symbol::kLessEqual;
    case pair('>', '='): return Symbol::kGreaterEqual;
    case pair('.', '.'): return Symbol::kRange;
    case pair('*', '*'): return Symbol::kPower;
    case pair('?', '?'): return Symbol::kCoalesce;
    case pair('?', '.'): return Symbol::kOptionalDot;
    case pair(':', ':'): return Symbol::kDoubleColon;
    default: return Symbol::kOther;
  }
}

constexpr Symbol bracket_symbol(char c) {
  switch (c) {
    case '(': return Symbol::kOpenParen;
    case ')': return Symbol::kCloseParen;
    case '[': return Symbol::kOpenBracket;
    case ']': return Symbol::kCloseBracket;
    case '{': return Symbol::kOpenBrace;
    default: return Symbol::kCloseBrace;
  }
}

// What may follow an operator's first character to make one of two.
std::string_view second_characters(char first) {
  switch (first) {
    case '.': return ".";
    case '?': return ".?";
    case '|': return "|";
    case '#': return "#";
    case ':': return ":";
    case '&':
    case '!':
    case '=':
    case '*':
    case '<':
    case '>': return "&=*";
    default: return {};
  }
}

}  // namespace

// The end is reported at the last character, where there is something to point at.
std::uint32_t Lexer::last_character() const {
  if (size_ == 0) return 0;
  std::uint32_t at = size_ - 1;
  while (at > 0 && size_ - at < 4 && (static_cast<unsigned char>(source_[at]) & 0xC0U) == 0x80U) --at;
  return at;
}

Token Lexer::next() {
  while (at_ < size_) {
    const std::uint32_t start = at_;
    switch (kClasses[static_cast<unsigned char>(source_[at_])]) {
      case Class::kSpace: ++at_; continue;
      case Class::kWord: return scan_word();
      case Class::kDigit: return scan_number(start);
      case Class::kQuote: return scan_quoted(TokenKind::kString, start);
      case Class::kBackquote: return scan_raw();
      case Class::kOperator:
        if (source_[at_] == '/' && peek(1) == '/') {
          skip_line();
          continue;
        }
        if (source_[at_] == '/' && peek(1) == '*') {
          skip_comment();
          continue;
        }
        return scan_operator();
      case Class::kOpen:
      case Class::kClose: ++at_; return make(TokenKind::kBracket, start, bracket_symbol(source_[start]));
      case Class::kHigh:
      case Class::kBad:
        if (skip_other()) continue;
        return scan_word();
    }
  }
  return {TokenKind::kEnd, Symbol::kNone, last_character(), {}};
}

// White space beyond ASCII; false before a letter or digit of any script.
bool Lexer::skip_other() {
  const Rune rune = decode_rune(source_.substr(at_));
  if (is_letter(rune.code) || is_digit(rune.code)) return false;
  if (is_space_rune(rune.code)) {
    at_ += rune.size;
    return true;
  }
  std::string message = fmt::format("unrecognized character: U+{:04X}", static_cast<std::uint32_t>(rune.code));
  if (rune.code >= 0x20) message += fmt::format(" '{}'", source_.substr(at_, rune.size));
  throw CompileFailure{at_, std::move(message)};
}

// Moves past letters, digits, _ and $.
void Lexer::skip_word() {
  while (at_ < size_) {
    const Class c = kClasses[static_cast<unsigned char>(source_[at_])];
    if (c == Class::kWord || c == Class::kDigit) {
      ++at_;
    } else if (c == Class::kHigh) {
      const Rune rune = decode_rune(source_.substr(at_));
      if (!is_letter(rune.code) && !is_digit(rune.code)) return;
      at_ += rune.size;
    } else {
      return;
    }
  }
}

Token Lexer::scan_word() {
  const std::uint32_t start = at_;
  if (source_[at_] == 'b' && (peek(1) == '"' || peek(1) == '\'')) {
    ++at_;
    return scan_quoted(TokenKind::kBytes, start);
  }
  skip_word();
  const Symbol symbol = word_symbol(source_.substr(start, at_ - start));
  return make(symbol == Symbol::kNone ? TokenKind::kIdentifier : TokenKind::kOperator, start, symbol);
}

void Lexer::skip_digits(int base) {
  while (at_ < size_) {
    const char c = source_[at_];
    const char lower = static_cast<char>(c | 0x20);
    const bool digit =
        c == '_' || (c >= '0' && c <= '9' && c - '0' < base) || (base == 16 && lower >= 'a' && lower <= 'f');
    if (!digit) return;
    ++at_;
  }
}

// From the first digit; the literal began at `start`, with a dot perhaps.
Token Lexer::scan_number(std::uint32_t start) {
  int base = 10;
  if (peek() == '0') {
    const char prefix = static_cast<char>(peek(1) | 0x20);
    base = prefix == 'x' ? 16 : prefix == 'o' ? 8 : prefix == 'b' ? 2 : 10;
    at_ += base == 10 ? 1 : 2;
  }
  skip_digits(base);
  if (peek() == '.') {
    if (peek(1) == '.') return make(TokenKind::kNumber, start);  // 1..2 is a range
    ++at_;
    skip_digits(base);
  }
  if ((peek() | 0x20) == 'e') {
    ++at_;
    if (peek() == '+' || peek() == '-') ++at_;
    skip_digits(base);
  }
  const std::uint32_t end = at_;
  skip_word();
  if (at_ != end) {
    const std::uint32_t after = end + decode_rune(source_.substr(end)).size;
    throw CompileFailure{end, fmt::format("bad number syntax: \"{}\"", source_.substr(start, after - start))};
  }
  return make(TokenKind::kNumber, start);
}

Token Lexer::scan_quoted(TokenKind kind, std::uint32_t start) {
  const std::uint32_t from = at_ + 1;
  at_ = find_closing_quote(source_, at_);
  const std::uint32_t last = at_ - 1;
  return {kind, Symbol::kNone, start,
          unescape(source_.substr(from, last - from), kind == TokenKind::kBytes, last, arena_)};
}

// A backquote within is written twice.
Token Lexer::scan_raw() {
  const std::uint32_t start = at_++;
  const std::uint32_t from = at_;
  bool doubled = false;
  for (;; ++at_) {
    if (at_ >= size_) throw CompileFailure{size_, "literal not terminated"};
    if (source_[at_] != '`') continue;
    if (peek(1) != '`') break;
    doubled = true;
    ++at_;
  }
  std::string_view text = source_.substr(from, at_ - from);
  ++at_;
  if (doubled) text = halve_backquotes(text, arena_);
  return {TokenKind::kString, Symbol::kNone, start, text};
}

Token Lexer::scan_operator() {
  const std::uint32_t start = at_;
  const char first = source_[at_++];
  if (first == '.' && peek() >= '0' && peek() <= '9') return scan_number(start);
  if (at_ < size_ && second_characters(first).find(source_[at_]) != std::string_view::npos) ++at_;
  return make(TokenKind::kOperator, start, operator_symbol(source_.substr(start, at_ - start)));
}

void Lexer::skip_line() {
  const std::size_t end = source_.find('\n', at_);
  at_ = end == std::string_view::npos ? size_ : static_cast<std::uint32_t>(end);
}

void Lexer::skip_comment() {
  const std::size_t end = source_.find("*/", at_ + 2);
  if (end == std::string_view::npos) throw CompileFailure{size_, "unclosed comment"};
  at_ = static_cast<std::uint32_t>(end + 2);
}

}  // namespace fas::expr
