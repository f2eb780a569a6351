#include "expr/operators.h"

#include <array>

namespace fas::expr {
namespace {

constexpr std::size_t kSymbols = static_cast<std::size_t>(Symbol::kCloseBrace) + 1;

constexpr std::array<BinaryOperator, kSymbols> make_table() {
  std::array<BinaryOperator, kSymbols> table{};
  for (BinaryOperator& entry : table) entry.precedence = -1;
  const auto set = [&table](Symbol symbol, BinaryOperator entry) { table[static_cast<std::size_t>(symbol)] = entry; };
  set(Symbol::kPipe, {.precedence = 0});
  set(Symbol::kOr, {.precedence = 10});
  set(Symbol::kOrSign, {.precedence = 10});
  set(Symbol::kAnd, {.precedence = 15});
  set(Symbol::kAndSign, {.precedence = 15});
  set(Symbol::kEqual, {.precedence = 20});
  set(Symbol::kNotEqual, {.precedence = 20});
  set(Symbol::kLess, {.precedence = 20, .comparison = true});
  set(Symbol::kGreater, {.precedence = 20, .comparison = true});
  set(Symbol::kLessEqual, {.precedence = 20, .comparison = true});
  set(Symbol::kGreaterEqual, {.precedence = 20, .comparison = true});
  set(Symbol::kIn, {.precedence = 20, .negatable = true});
  set(Symbol::kMatches, {.precedence = 20, .negatable = true});
  set(Symbol::kContains, {.precedence = 20, .negatable = true});
  set(Symbol::kStartsWith, {.precedence = 20, .negatable = true});
  set(Symbol::kEndsWith, {.precedence = 20, .negatable = true});
  set(Symbol::kRange, {.precedence = 25});
  set(Symbol::kPlus, {.precedence = 30});
  set(Symbol::kMinus, {.precedence = 30});
  set(Symbol::kTimes, {.precedence = 60});
  set(Symbol::kDivide, {.precedence = 60});
  set(Symbol::kModulo, {.precedence = 60});
  set(Symbol::kPower, {.precedence = 100, .right_associative = true});
  set(Symbol::kCaret, {.precedence = 100, .right_associative = true});
  set(Symbol::kCoalesce, {.precedence = 500});
  return table;
}

constexpr std::array<BinaryOperator, kSymbols> kTable = make_table();

}  // namespace

const BinaryOperator* find_binary(Symbol symbol) {
  const BinaryOperator& entry = kTable[static_cast<std::size_t>(symbol)];
  return entry.precedence < 0 ? nullptr : &entry;
}

int unary_precedence(Symbol symbol) {
  switch (symbol) {
    case Symbol::kNot:
    case Symbol::kNotSign: return 50;
    case Symbol::kMinus:
    case Symbol::kPlus: return 90;
    default: return -1;
  }
}

}  // namespace fas::expr
