// What the operators take and give, as the reference's checker has it.
#include "expr/checker.h"

namespace fas::expr {
namespace {

bool both(Type left, Type right, TypeKind kind) { return left.is(kind) && right.is(kind); }
bool both_numbers(Type left, Type right) { return left.is_number() && right.is_number(); }

// One of the two is unknown and the other unknown, a number, or one of the kinds.
bool open(Type left, Type right, std::initializer_list<TypeKind> kinds, bool numbers = false) {
  if (!left.is_unknown() && !right.is_unknown()) return false;
  const auto fits = [&](Type type) {
    if (type.is_unknown() || (numbers && type.is_number())) return true;
    for (const TypeKind kind : kinds) {
      if (type.is(kind)) return true;
    }
    return false;
  };
  return fits(left) && fits(right);
}

bool comparable(Type left, Type right) {
  if (left.is_unknown() || right.is_unknown() || left.is_nil() || right.is_nil()) return true;
  return both_numbers(left, right) || left.kind() == right.kind();
}

std::optional<Type> number_type(Type left, Type right) {
  if (!both_numbers(left, right)) return std::nullopt;
  return left.is_integer() && right.is_integer() ? Type(TypeKind::kInt) : Type(TypeKind::kFloat);
}

std::optional<Type> sum_type(Type left, Type right) {
  using enum TypeKind;
  if (const auto number = number_type(left, right)) return number;
  if (both(left, right, kString)) return Type(kString);
  if (both(left, right, kDuration)) return Type(kDuration);
  if ((left.is(kTime) && right.is(kDuration)) || (left.is(kDuration) && right.is(kTime))) return Type(kTime);
  if (open(left, right, {kString, kTime, kDuration}, true)) return Type::untyped();
  return std::nullopt;
}

std::optional<Type> difference_type(Type left, Type right) {
  using enum TypeKind;
  if (const auto number = number_type(left, right)) return number;
  if (both(left, right, kTime) || both(left, right, kDuration)) return Type(kDuration);
  if (left.is(kTime) && right.is(kDuration)) return Type(kTime);
  if (open(left, right, {kTime, kDuration}, true)) return Type::untyped();
  return std::nullopt;
}

std::optional<Type> product_type(Type left, Type right) {
  using enum TypeKind;
  if (const auto number = number_type(left, right)) return number;
  const auto scaled = [](Type duration, Type factor) { return duration.is(kDuration) && factor.is_number(); };
  if (scaled(left, right) || scaled(right, left)) {
    return left.is(kFloat) || right.is(kFloat) ? Type(kFloat) : Type(kDuration);
  }
  if (both(left, right, kDuration)) return Type(kDuration);
  if (open(left, right, {kDuration}, true)) return Type::untyped();
  return std::nullopt;
}

}  // namespace

std::optional<Type> binary_type(Symbol symbol, Type left, Type right) {
  using enum TypeKind;
  switch (symbol) {
    case Symbol::kEqual:
    case Symbol::kNotEqual:
      if (comparable(left, right)) return Type(kBool);
      return std::nullopt;
    case Symbol::kOr:
    case Symbol::kOrSign:
    case Symbol::kAnd:
    case Symbol::kAndSign:
      if (both(left, right, kBool) || open(left, right, {kBool})) return Type(kBool);
      return std::nullopt;
    case Symbol::kLess:
    case Symbol::kGreater:
    case Symbol::kLessEqual:
    case Symbol::kGreaterEqual:
      if (both_numbers(left, right) || both(left, right, kString) || both(left, right, kTime) ||
          both(left, right, kDuration) || open(left, right, {kString, kTime, kDuration}, true)) {
        return Type(kBool);
      }
      return std::nullopt;
    case Symbol::kPlus: return sum_type(left, right);
    case Symbol::kMinus: return difference_type(left, right);
    case Symbol::kTimes: return product_type(left, right);
    case Symbol::kDivide:
    case Symbol::kPower:
    case Symbol::kCaret:
      if (both_numbers(left, right) || open(left, right, {}, true)) return Type(kFloat);
      return std::nullopt;
    case Symbol::kModulo:
      if (left.is_integer() && right.is_integer()) return Type(kInt);
      if (open(left, right, {kInt, kByte})) return Type::untyped();
      return std::nullopt;
    case Symbol::kRange:
      if ((left.is_integer() && right.is_integer()) || open(left, right, {kInt, kByte})) return Type::ints();
      return std::nullopt;
    case Symbol::kMatches:
      if (right.is(kString) && left.is(kBytes)) return Type(kBool);
      [[fallthrough]];
    case Symbol::kContains:
    case Symbol::kStartsWith:
    case Symbol::kEndsWith:
      if (both(left, right, kString) || open(left, right, {kString})) return Type(kBool);
      return std::nullopt;
    default: return std::nullopt;
  }
}

std::optional<Type> unary_type(Symbol symbol, Type operand) {
  const bool logical = symbol == Symbol::kNot || symbol == Symbol::kNotSign;
  if (operand.is_unknown()) return logical ? Type(TypeKind::kBool) : Type::any();
  if (logical ? operand.is(TypeKind::kBool) : operand.is_number()) return operand;
  return std::nullopt;
}

bool same_type(Type a, Type b) {
  if (a.kind() != b.kind()) return false;
  if (a.is(TypeKind::kArray)) return same_type(a.element(), b.element());
  if (a.is(TypeKind::kMap)) {
    return a.fields() == b.fields() && a.has_any_keys() == b.has_any_keys() && same_type(a.element(), b.element());
  }
  return true;
}

bool assignable(Type from, Type to) { return to.is_unknown() || from.is_unknown() || same_type(from, to); }

}  // namespace fas::expr
