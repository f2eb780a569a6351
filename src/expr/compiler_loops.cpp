// Builtins that take a predicate: a loop each, or one loop for a chain of them.
#include <algorithm>
#include <optional>

#include "expr/checker.h"
#include "expr/compiling.h"

namespace fas::expr {
namespace {

// sum(1..100), which is known now as long as a run could go through it.
std::optional<Value> constant_sum(const Node& node, const LoopPlan& plan) {
  const BinaryOp* range = as_range(plan.source);
  if (node.loop != Loop::kSum || node.count != 1 || range == nullptr) return std::nullopt;
  const Value* from = constant_of(range->left);
  const Value* to = constant_of(range->right);
  if (from == nullptr || to == nullptr || !from->is_int() || !to->is_int()) return std::nullopt;
  const std::int64_t first = from->as_int();
  const std::int64_t last = to->as_int();
  if (last < first) return Value::integer(0);
  const std::uint64_t size = static_cast<std::uint64_t>(last) - static_cast<std::uint64_t>(first) + 1;
  if (size == 0 || size >= kMostRangeElements) return std::nullopt;
  return sum_of_range(first, size);
}

}  // namespace

const Op* Generator::emit_loop(const Node& node) {
  const Node& source = *node.list[0];
  if (node.loop == Loop::kSum && node.count == 1 && source.is(NodeKind::kArray) && source.count >= 2) {
    return emit_sum(node, source.items());
  }
  LoopPlan plan{.loop = node.loop};
  if (node.count > 1) {
    const Node& predicate = *node.list[1];
    plan.registers = predicate.slot;
    plan.body = takes_condition(node.loop) ? emit_bool(*predicate.first, node) : emit(*predicate.first);
    plan.uses_index = predicate.uses_index;
  } else {
    plan.registers = code_.registers;
    code_.registers += kLoopRegisters;
  }
  if (node.count > 2) plan.extra = emit(*node.list[2]);
  plan.source = emit(source);
  if (optimize_) {
    if (const auto total = constant_sum(node, plan)) return make_constant(site(node), *total);
  }
  if (optimize_ && takes_stages(node.loop)) {
    if (const Op* joined = emit_joined(node, plan, source)) return joined;
  }
  return make_loop(site(node), plan);
}

// sum([a, b, c]) is a + (b + c), as in the reference, which shows with floats.
const Op* Generator::emit_sum(const Node& node, std::span<Node* const> terms) {
  const Op* total = emit(*terms.back());
  Type type = terms.back()->type;
  for (std::size_t i = terms.size() - 1; i-- > 0;) {
    const Op* term = emit(*terms[i]);
    const Type left = terms[i]->type;
    const bool floats =
        optimize_ && left.is(TypeKind::kFloat) && type.is_number() && gives_number(term) && gives_number(total);
    total = floats ? make_float_arithmetic(site(node), Symbol::kPlus, term, total)
                   : make_arithmetic(site(node), Symbol::kPlus, term, total);
    type = binary_type(Symbol::kPlus, left, type).value_or(Type::any());
  }
  return total;
}

// The loop over the loops that its source is made of; null where the source is no loop.
const Op* Generator::emit_joined(const Node& node, const LoopPlan& plan, const Node& source) {
  std::vector<Stage> stages;
  const Node* at = &source;
  const Op* op = plan.source;
  while (at->is(NodeKind::kLoop) && (at->loop == Loop::kFilter || at->loop == Loop::kMap) && !at->list[1]->uses_index) {
    const LoopParts parts = loop_parts(op);
    stages.push_back({parts.body, parts.registers + kElementRegister, at->loop == Loop::kFilter});
    op = parts.source;
    at = at->list[0];
  }
  if (stages.empty()) return nullptr;
  std::ranges::reverse(stages);
  const std::span<Stage> kept = code_.arena.array<Stage>(stages.size());
  std::ranges::copy(stages, kept.begin());
  LoopPlan joined = plan;
  joined.exact = make_loop(site(node), plan);
  joined.source = op;
  joined.stages = kept;
  return make_loop(site(node), joined);
}

}  // namespace fas::expr
