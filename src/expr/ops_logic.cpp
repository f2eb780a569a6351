// Conditions, alternatives, variables, sequences.
#include "expr/op_new.h"

namespace fas::expr {
namespace {

struct ConditionalOp : Op {
  const Op* condition = nullptr;
  const Op* yes = nullptr;
  const Op* no = nullptr;
};
struct StoreOp : Op {
  std::uint32_t index = 0;
  const Op* value = nullptr;
  const Op* rest = nullptr;
};
struct ItemsOp : Op {
  std::span<const Op* const> items;
};

bool run_require(const Op* op, Frame& frame) {
  const Op* operand = as<UnaryOp>(op).operand;
  const Value value = operand->run(operand, frame);
  if (!value.is(Kind::kBool)) fail_bool(op, value);
  return value.as_bool();
}

bool run_not(const Op* op, Frame& frame) {
  const Op* operand = as<UnaryOp>(op).operand;
  return !operand->run_bool(operand, frame);
}

// The right side may be anything: its value is the result, as in the reference.
template <bool kAnd>
Value run_logic(const Op* op, Frame& frame) {
  const auto& two = as<BinaryOp>(op);
  if (two.left->run_bool(two.left, frame) != kAnd) return Value::boolean(!kAnd);
  return two.right->run(two.right, frame);
}

template <bool kAnd>
bool run_logic_bool(const Op* op, Frame& frame) {
  const auto& two = as<BinaryOp>(op);
  if (two.left->run_bool(two.left, frame) != kAnd) return !kAnd;
  return two.right->run_bool(two.right, frame);
}

// kRun is the function of the alternatives that is called: Op::run, Op::run_float or Op::run_bool.
template <auto kRun>
auto run_conditional(const Op* op, Frame& frame) {
  const auto& conditional = as<ConditionalOp>(op);
  const Op* condition = conditional.condition;
  const Op* chosen = condition->run_bool(condition, frame) ? conditional.yes : conditional.no;
  return (chosen->*kRun)(chosen, frame);
}

Value run_coalesce(const Op* op, Frame& frame) {
  const auto& two = as<BinaryOp>(op);
  const Value value = two.left->run(two.left, frame);
  return value.is_absent() ? two.right->run(two.right, frame) : value;
}

Value run_keep(const Op* op, Frame& frame) {
  const auto& keep = as<StoreOp>(op);
  return frame.registers[keep.index] = keep.value->run(keep.value, frame);
}

template <auto kRun>
auto run_store(const Op* op, Frame& frame) {
  const auto& let = as<StoreOp>(op);
  frame.registers[let.index] = let.value->run(let.value, frame);
  return (let.rest->*kRun)(let.rest, frame);
}

Value run_sequence(const Op* op, Frame& frame) {
  Value value;
  for (const Op* item : as<ItemsOp>(op).items) value = item->run(item, frame);
  return value;
}

}  // namespace

Op* make_require_bool(Site site, const Op* operand) {
  auto* op = new_bool_op<UnaryOp>(site, run_require);
  op->operand = operand;
  return op;
}

Op* make_not(Site site, const Op* operand) {
  auto* op = new_bool_op<UnaryOp>(site, run_not);
  op->operand = operand;
  return op;
}

Op* make_logic(Site site, bool conjunction, const Op* left, const Op* right) {
  auto* op = new_bool_op<BinaryOp>(site, conjunction ? run_logic_bool<true> : run_logic_bool<false>);
  op->run = conjunction ? run_logic<true> : run_logic<false>;
  op->left = left;
  op->right = right;
  return op;
}

Op* make_conditional(Site site, const Op* condition, const Op* yes, const Op* no) {
  auto* op = new_value_op<ConditionalOp>(site, run_conditional<&Op::run>);
  // Only where both are sure to be what they are taken for.
  if (yes->run_float != float_by_value && no->run_float != float_by_value)
    op->run_float = run_conditional<&Op::run_float>;
  if (yes->run_bool != bool_by_value && no->run_bool != bool_by_value) op->run_bool = run_conditional<&Op::run_bool>;
  op->condition = condition;
  op->yes = yes;
  op->no = no;
  return op;
}

Op* make_coalesce(Site site, const Op* left, const Op* right) {
  auto* op = new_value_op<BinaryOp>(site, run_coalesce);
  op->left = left;
  op->right = right;
  return op;
}

Op* make_store(Site site, std::uint32_t index, const Op* value, const Op* rest) {
  auto* op = new_value_op<StoreOp>(site, rest == nullptr ? run_keep : run_store<&Op::run>);
  if (rest != nullptr) {
    if (rest->run_float != float_by_value) op->run_float = run_store<&Op::run_float>;
    if (rest->run_bool != bool_by_value) op->run_bool = run_store<&Op::run_bool>;
  }
  op->index = index;
  op->value = value;
  op->rest = rest;
  return op;
}

Op* make_sequence(Site site, std::span<const Op* const> items) {
  auto* op = new_value_op<ItemsOp>(site, run_sequence);
  op->items = items;
  return op;
}

}  // namespace fas::expr
