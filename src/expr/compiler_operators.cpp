// Operators: the types of the operands choose among the operations.
#include "expr/compiling.h"

namespace fas::expr {
namespace {

bool both_numbers(const Node& node) { return node.first->type.is_number() && node.second->type.is_number(); }
bool any_float(const Node& node) {
  return node.first->type.is(TypeKind::kFloat) || node.second->type.is(TypeKind::kFloat);
}

}  // namespace

const Op* Generator::emit_unary(const Node& node) {
  if (node.symbol == Symbol::kNot || node.symbol == Symbol::kNotSign) {
    return make_not(site(node), emit_bool(*node.first, node));
  }
  const Op* operand = emit(*node.first);
  if (optimize_ && node.symbol == Symbol::kMinus && node.first->type.is(TypeKind::kFloat) && gives_number(operand)) {
    return make_float_negation(site(node), operand);
  }
  return make_negation(site(node), node.symbol, operand);
}

const Op* Generator::emit_binary(const Node& node) {
  switch (node.symbol) {
    case Symbol::kAnd:
    case Symbol::kAndSign: return emit_logic(node, true);
    case Symbol::kOr:
    case Symbol::kOrSign: return emit_logic(node, false);
    case Symbol::kCoalesce: {
      const Op* left = emit(*node.first);
      return make_coalesce(site(node), left, emit(*node.second));
    }
    case Symbol::kMatches: return emit_match(node);
    case Symbol::kPlus:
      if (const Op* joined = emit_concatenation(node)) return joined;
      break;
    default: break;
  }
  const Op* left = emit(*node.first);
  const Op* right = emit(*node.second);
  return emit_operation(node, left, right);
}

const Op* Generator::emit_operation(const Node& node, const Op* left, const Op* right) {
  const bool solid = optimize_ && both_numbers(node) && gives_number(left) && gives_number(right);
  const bool floats = solid && any_float(node);
  switch (node.symbol) {
    case Symbol::kEqual:
    case Symbol::kNotEqual:
      if (floats) return make_float_comparison(site(node), node.symbol, left, right);
      return make_equality(site(node), node.symbol == Symbol::kNotEqual, left, right);
    case Symbol::kLess:
    case Symbol::kGreater:
    case Symbol::kLessEqual:
    case Symbol::kGreaterEqual:
      if (floats) return make_float_comparison(site(node), node.symbol, left, right);
      return make_comparison(site(node), node.symbol, left, right);
    case Symbol::kIn: return make_in(site(node), left, right);
    case Symbol::kContains:
    case Symbol::kStartsWith:
    case Symbol::kEndsWith: return make_text_test(site(node), node.symbol, left, right);
    case Symbol::kRange: return make_range(site(node), left, right);
    case Symbol::kModulo: return make_arithmetic(site(node), node.symbol, left, right);
    case Symbol::kDivide:
    case Symbol::kPower:
    case Symbol::kCaret:
      if (solid) return make_float_arithmetic(site(node), node.symbol, left, right);
      return make_arithmetic(site(node), node.symbol, left, right);
    default:
      if (floats) return make_float_arithmetic(site(node), node.symbol, left, right);
      return make_arithmetic(site(node), node.symbol, left, right);
  }
}

const Op* Generator::emit_logic(const Node& node, bool conjunction) {
  const Op* left = emit_bool(*node.first, node);
  const Op* right = emit(*node.second);
  return make_logic(site(node), conjunction, left, right);
}

const Op* Generator::emit_match(const Node& node) {
  const Op* text = emit(*node.first);
  const Node& pattern = *node.second;
  if (!pattern.is_constant() || !pattern.value.is_string()) {
    return make_dynamic_match(site(node), text, emit(pattern));
  }
  code_.patterns.push_back(std::make_unique<const Pattern>(pattern.value.as_text()));
  return make_match(site(node), text, code_.patterns.back().get());
}

// a + b + c of strings, made in one go.
const Op* Generator::emit_concatenation(const Node& node) {
  if (!optimize_ || !node.type.is(TypeKind::kString)) return nullptr;
  const Node* parts[kMostConcatenated];
  std::size_t count = 0;
  const Node* at = &node;
  while (at->is(NodeKind::kBinary) && at->symbol == Symbol::kPlus && at->type.is(TypeKind::kString)) {
    if (count + 2 > kMostConcatenated) return nullptr;
    parts[count++] = at->second;
    at = at->first;
  }
  parts[count++] = at;
  if (count < 3) return nullptr;
  const Ops ops = code_.arena.array<const Op*>(count);
  for (std::size_t i = 0; i < count; ++i) ops[i] = emit(*parts[count - 1 - i]);
  return make_concatenation(site(node), ops);
}

}  // namespace fas::expr
