#include "expr/fold.h"

#include "expr/arithmetic.h"
#include "expr/failure.h"

namespace fas::expr {
namespace {

bool is_bool(const Node* node, bool value) {
  return node->is_constant() && node->value.is(Kind::kBool) && node->value.as_bool() == value;
}

class Folder {
 public:
  explicit Folder(Arena& arena) : arena_(arena) {}

  Node* visit(Node* node) {
    if (node->first != nullptr && node->kind != NodeKind::kKept) node->first = visit(node->first);
    if (node->second != nullptr) node->second = visit(node->second);
    if (node->third != nullptr) node->third = visit(node->third);
    for (std::uint32_t i = 0; i < node->count; ++i) node->list[i] = visit(node->list[i]);
    switch (node->kind) {
      case NodeKind::kUnary: return fold_unary(node);
      case NodeKind::kBinary: return fold_binary(node);
      case NodeKind::kArray: return fold_array(node);
      case NodeKind::kLoop: return fold_loop(node);
      default: return node;
    }
  }

 private:
  static Node* constant(Node* node, const Value& value) {
    const Type type = node->type;
    *node = Node{.kind = NodeKind::kConstant, .offset = node->offset, .type = type, .value = value};
    return node;
  }

  static Node* fold_unary(Node* node) {
    if (!node->first->is_constant()) return node;
    const Value& value = node->first->value;
    if (value.is_number()) return constant(node, node->symbol == Symbol::kMinus ? negate(value) : positive(value));
    if (value.is(Kind::kBool)) return constant(node, Value::boolean(!value.as_bool()));
    return node;
  }

  Node* fold_binary(Node* node) {
    Node* left = node->first;
    Node* right = node->second;
    switch (node->symbol) {
      case Symbol::kAnd:
      case Symbol::kAndSign:
        if (is_bool(left, true)) return right;
        if (is_bool(right, true)) return left;
        if (is_bool(left, false) || is_bool(right, false)) return constant(node, Value::boolean(false));
        return node;
      case Symbol::kOr:
      case Symbol::kOrSign:
        if (is_bool(left, false)) return right;
        if (is_bool(right, false)) return left;
        if (is_bool(left, true) || is_bool(right, true)) return constant(node, Value::boolean(true));
        return node;
      default: break;
    }
    if (!left->is_constant() || !right->is_constant()) return node;
    return fold_constants(node, left->value, right->value);
  }

  Node* fold_constants(Node* node, const Value& a, const Value& b) {
    const bool numbers = a.is_number() && b.is_number();
    switch (node->symbol) {
      case Symbol::kPlus:
        if (numbers || (a.is_string() && b.is_string())) return constant(node, add(a, b, arena_));
        return node;
      case Symbol::kMinus: return numbers ? constant(node, subtract(a, b, arena_)) : node;
      case Symbol::kTimes: return numbers ? constant(node, multiply(a, b)) : node;
      case Symbol::kDivide: return numbers ? constant(node, divide(a, b)) : node;
      case Symbol::kPower:
      case Symbol::kCaret: return numbers ? constant(node, power(a, b)) : node;
      case Symbol::kModulo:
        if (!a.is_int() || !b.is_int()) return node;
        if (b.as_int() == 0) throw CompileFailure{node->offset, "integer divide by zero"};
        return constant(node, modulo(a, b));
      case Symbol::kEqual: return constant(node, Value::boolean(equal(a, b)));
      case Symbol::kNotEqual: return constant(node, Value::boolean(!equal(a, b)));
      default: return node;
    }
  }

  // A filter of a filter is one filter by both conditions, of which the first is not asked where the second is false.
  static Node* fold_loop(Node* node) {
    const auto is_filter = [](const Node* loop) { return loop->is(NodeKind::kLoop) && loop->loop == Loop::kFilter; };
    if (is_filter(node) && is_filter(node->list[0]) && is_bool(node->list[1]->first, false)) {
      node->list[0] = node->list[0]->list[0];
    }
    return node;
  }

  // An array of numbers, texts and bools is one constant.
  Node* fold_array(Node* node) {
    if (node->count == 0) return node;
    for (const Node* item : node->items()) {
      const bool plain =
          item->is_constant() && (item->value.is_number() || item->value.is_string() || item->value.is(Kind::kBool));
      if (!plain) return node;
    }
    const std::span<Value> elements = arena_.array<Value>(node->count);
    for (std::uint32_t i = 0; i < node->count; ++i) elements[i] = node->list[i]->value;
    return constant(node, Value::array(elements));
  }

  Arena& arena_;
};

}  // namespace

Node* fold(Node* root, Arena& arena) { return Folder(arena).visit(root); }

}  // namespace fas::expr
