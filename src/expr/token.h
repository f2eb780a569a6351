// What the source text is made of.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace fas::expr {

enum class TokenKind : std::uint8_t { kEnd, kIdentifier, kNumber, kString, kBytes, kOperator, kBracket };

// Operators, brackets and the words that the grammar knows; kOther is a run of operator characters that means nothing.
enum class Symbol : std::uint8_t {
  kNone,
  kOther,
  kPipe,
  kOrSign,
  kOr,
  kAndSign,
  kAnd,
  kEqual,
  kNotEqual,
  kLess,
  kGreater,
  kLessEqual,
  kGreaterEqual,
  kIn,
  kMatches,
  kContains,
  kStartsWith,
  kEndsWith,
  kRange,
  kPlus,
  kMinus,
  kTimes,
  kDivide,
  kModulo,
  kPower,
  kCaret,
  kCoalesce,
  kNot,
  kNotSign,
  kDot,
  kOptionalDot,
  kQuestion,
  kColon,
  kDoubleColon,
  kComma,
  kSemicolon,
  kHash,
  kLet,
  kIf,
  kElse,
  kOpenParen,
  kCloseParen,
  kOpenBracket,
  kCloseBracket,
  kOpenBrace,
  kCloseBrace,
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  Symbol symbol = Symbol::kNone;
  std::uint32_t offset = 0;  // of the first byte in the source; of the last character at the end
  std::string_view text;     // as written; of a string or bytes what they stand for
};

// As error messages name it: Operator("+"), Identifier("x"), EOF.
std::string describe(const Token& token);

// "+", "not", "startsWith": as written in the source.
std::string_view spelling(Symbol symbol);

}  // namespace fas::expr
