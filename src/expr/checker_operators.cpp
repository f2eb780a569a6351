#include <fmt/format.h>

#include "expr/checking.h"
#include "expr/pattern.h"

namespace fas::expr {
namespace {

[[noreturn]] void mismatched(const Node& node, Type left, Type right) {
  reject(node, fmt::format("invalid operation: {} (mismatched types {} and {})", spelling(node.symbol), type_name(left),
                           type_name(right)));
}

}  // namespace

Type Checker::visit_unary(Node& node) {
  const Type operand = visit(*node.first);
  if (const auto type = unary_type(node.symbol, operand)) return *type;
  if (lenient_ > 0) return Type::untyped();
  reject(node, fmt::format("invalid operation: {} (mismatched type {})", spelling(node.symbol), type_name(operand)));
}

Type Checker::visit_binary(Node& node) {
  const Type left = visit(*node.first);
  const Type right = visit(*node.second);
  if (node.symbol == Symbol::kCoalesce) {
    if (left.is_nil() || right.is_nil()) return left.is_nil() ? right : left;
    return left.is_unknown() || left.kind() == right.kind() ? left : Type::untyped();
  }
  if (node.symbol == Symbol::kIn) return visit_in(node, left, right);
  if (node.symbol == Symbol::kMatches && node.second->is_constant() && node.second->value.is_string()) {
    if (const auto error = Pattern::check(node.second->value.as_text())) reject(node, *error);
  }
  if (const auto type = binary_type(node.symbol, left, right)) return *type;
  if (lenient_ > 0) return Type::untyped();
  mismatched(node, left, right);
}

Type Checker::visit_in(Node& node, Type left, Type right) {
  if (right.is(TypeKind::kMap)) {
    if (!right.has_any_keys() && !left.is(TypeKind::kString) && !left.is_unknown()) {
      reject(node, fmt::format("cannot use {} as a key of a map, whose keys are strings", type_name(left)));
    }
    return TypeKind::kBool;
  }
  if (right.is(TypeKind::kArray)) {
    if (!binary_type(Symbol::kEqual, left, right.element())) {
      reject(node, fmt::format("cannot use {} as type {} in array", type_name(left), type_name(right.element())));
    }
    return TypeKind::kBool;
  }
  if (right.is_unknown() || (left.is_unknown() && right.is(TypeKind::kString))) return TypeKind::kBool;
  if (lenient_ > 0) return TypeKind::kBool;
  mismatched(node, left, right);
}

Type Checker::visit_conditional(Node& node) {
  const Type condition = visit(*node.first);
  if (!condition.is(TypeKind::kBool) && !condition.is_unknown()) {
    reject(*node.first, fmt::format("non-bool expression (type {}) used as condition", type_name(condition)));
  }
  const Type yes = visit(*node.second);
  const Type no = visit(*node.third);
  if (yes.is_nil() || no.is_nil()) return yes.is_nil() ? no : yes;
  if (yes.kind() == no.kind()) return yes.is_untyped() ? yes : no.is_untyped() ? no : yes;
  return no.is_unknown() && !no.is_untyped() ? yes : Type::untyped();
}

}  // namespace fas::expr
