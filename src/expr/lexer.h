// Source text to tokens, one at a time: a fault of grammar comes before a fault in the text behind it.
#pragma once

#include <cstdint>
#include <string_view>

#include "expr/arena.h"
#include "expr/token.h"

namespace fas::expr {

// Decoded strings live in the arena, everything else in the source.
class Lexer {
 public:
  Lexer(std::string_view source, Arena& arena)
      : source_(source), size_(static_cast<std::uint32_t>(source.size())), arena_(arena) {}

  // Behind the last token kEnd, again and again. Throws CompileFailure.
  Token next();

 private:
  char peek(std::uint32_t ahead = 0) const { return at_ + ahead < size_ ? source_[at_ + ahead] : '\0'; }
  std::uint32_t last_character() const;
  Token make(TokenKind kind, std::uint32_t start, Symbol symbol = Symbol::kNone) const {
    return {kind, symbol, start, source_.substr(start, at_ - start)};
  }
  bool skip_other();
  void skip_word();
  void skip_digits(int base);
  void skip_line();
  void skip_comment();
  Token scan_word();
  Token scan_number(std::uint32_t start);
  Token scan_quoted(TokenKind kind, std::uint32_t start);
  Token scan_raw();
  Token scan_operator();

  std::string_view source_;
  std::uint32_t size_;
  std::uint32_t at_ = 0;
  Arena& arena_;
};

}  // namespace fas::expr
