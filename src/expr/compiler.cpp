#include "expr/compiler.h"

#include <algorithm>

#include "expr/checker.h"
#include "expr/loops.h"
#include "expr/ops.h"

namespace fas::expr {
namespace {

constexpr std::size_t kMostParts = 16;  // of one concatenation; ops_text.cpp has room for as many

bool both_numbers(const Node& node) { return node.first->type.is_number() && node.second->type.is_number(); }
bool any_float(const Node& node) {
  return node.first->type.is(TypeKind::kFloat) || node.second->type.is(TypeKind::kFloat);
}

class Generator {
 public:
  Generator(const Schema& schema, bool optimize, Code& code) : schema_(schema), optimize_(optimize), code_(code) {}

  void run(const Node& root) {
    const Op* result = emit(root);
    const Op* op = result;
    if (code_.as_float) op = make_float_cast({code_.arena, 0}, make_require_float({code_.arena, 0}, op));
    code_.root = op;
    if (const Value* value = constant_of(op)) code_.constant = *value;  // not when a cast stands before it
    if (code_.as_float) {
      const Value* value = constant_of(result);
      if (value != nullptr && value->is_number()) code_.constant = Value::number(value->to_float());
    }
    std::ranges::sort(code_.slots);
    const auto repeated = std::ranges::unique(code_.slots);
    code_.slots.erase(repeated.begin(), repeated.end());
    code_.least_slots = code_.slots.empty() ? 0 : code_.slots.back() + 1U;
  }

 private:
  using Ops = std::span<const Op*>;

  Site site(const Node& node) { return {code_.arena, node.offset}; }

  Ops emit_all(std::span<Node* const> nodes, std::size_t before = 0) {
    const Ops ops = code_.arena.array<const Op*>(nodes.size() + before);
    for (std::size_t i = 0; i < nodes.size(); ++i) ops[before + i] = emit(*nodes[i]);
    return ops;
  }

  const Op* emit(const Node& node) {
    switch (node.kind) {
      case NodeKind::kConstant: return make_constant(site(node), keep(node.value));
      case NodeKind::kName: return emit_name(node);
      case NodeKind::kUnary: return emit_unary(node);
      case NodeKind::kBinary: return emit_binary(node);
      case NodeKind::kChain: return emit_chain(node);
      case NodeKind::kMember: return emit_member(node, emit(*node.first));
      case NodeKind::kSlice:
        return make_slice(site(node), emit(*node.first), emit_optional(node.second), emit_optional(node.third));
      case NodeKind::kCall: return emit_call(node, nullptr);
      case NodeKind::kBuiltin: return emit_builtin(node);
      case NodeKind::kLoop: return emit_loop(node);
      case NodeKind::kPredicate: return emit(*node.first);
      case NodeKind::kPointer: return make_pointer(site(node), node.slot);
      case NodeKind::kConditional:
        return make_conditional(site(node), emit_bool(*node.first, node), emit(*node.second), emit(*node.third));
      case NodeKind::kLet: {
        const Op* value = emit(*node.first);
        // A variable that is a constant needs no place, and one that is sure to be a number no test.
        if (optimize_ && constant_of(value) != nullptr) {
          known_.push_back({node.slot, value});
          return emit(*node.second);
        }
        if (optimize_ && value->run_float != float_by_value) known_.push_back({node.slot, nullptr});
        return make_store(site(node), node.slot, value, emit(*node.second));
      }
      case NodeKind::kSequence: return make_sequence(site(node), emit_all(node.items()));
      case NodeKind::kArray: return make_array(site(node), emit_all(node.items()));
      case NodeKind::kMap: return make_map(site(node), emit_all(node.items()));
      case NodeKind::kKeep: return make_store(site(node), node.slot, emit(*node.first), nullptr);
      case NodeKind::kKept: return make_register(site(node), node.slot);
    }
    return nullptr;
  }

  const Op* emit_optional(const Node* node) { return node == nullptr ? nullptr : emit(*node); }

  // As a condition of `user`, which is where a value that is no bool is reported.
  const Op* emit_bool(const Node& node, const Node& user) {
    const Op* op = emit(node);
    return op->run_bool != bool_by_value ? op : make_require_bool(site(user), op);
  }

  // A constant's texts and elements, in the program's own memory.
  Value keep(const Value& value) {
    if (value.is_string()) return Value::string(code_.arena.copy(value.as_text())).as_key();
    if (value.is(Kind::kBytes)) return Value::bytes(code_.arena.copy(value.as_text()));
    if (!value.is(Kind::kArray)) return value;
    const std::span<Value> elements = code_.arena.copy(value.as_array());
    for (Value& element : elements) element = keep(element);
    return Value::array(elements, value.element_kind());
  }

  const Op* emit_name(const Node& node) {
    switch (node.name_kind) {
      case NameKind::kSlot:
        code_.slots.push_back(node.slot);
        return make_slot(site(node), node.slot, schema_.field(node.slot).type, node.name);
      case NameKind::kVariable: return emit_variable(node);
      case NameKind::kEnvironment: need_environment(); return make_environment(site(node));
      default: return make_constant(site(node), Value::nil());  // a function that is not called
    }
  }

  const Op* emit_variable(const Node& node) {
    for (const Known& known : known_) {
      if (known.slot != node.slot) continue;
      return known.constant != nullptr ? make_constant(site(node), *constant_of(known.constant))
                                       : make_number_register(site(node), node.slot);
    }
    return make_register(site(node), node.slot);
  }

  void need_environment() {
    if (code_.uses_environment) return;
    code_.uses_environment = true;
    for (std::uint32_t slot = 0; slot < schema_.size(); ++slot) {
      code_.names.push_back(schema_.field(slot).name);
      code_.slots.push_back(slot);
    }
  }

  // ------------------------------------------------------------------ operators

  const Op* emit_unary(const Node& node) {
    if (node.symbol == Symbol::kNot || node.symbol == Symbol::kNotSign) {
      return make_not(site(node), emit_bool(*node.first, node));
    }
    const Op* operand = emit(*node.first);
    if (optimize_ && node.symbol == Symbol::kMinus && node.first->type.is(TypeKind::kFloat) && is_solid(operand)) {
      return make_float_negation(site(node), operand);
    }
    return make_negation(site(node), node.symbol, operand);
  }

  const Op* emit_binary(const Node& node) {
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

  const Op* emit_operation(const Node& node, const Op* left, const Op* right) {
    const bool solid = optimize_ && both_numbers(node) && is_solid(left) && is_solid(right);
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

  // Is the operation sure to give the number that its type says? The element that find() looks for may be missing.
  static bool is_solid(const Op* op) {
    const Value* constant = constant_of(op);
    return op->run_float != float_by_value || (constant != nullptr && constant->is_number());
  }

  const Op* emit_logic(const Node& node, bool conjunction) {
    const Op* left = emit_bool(*node.first, node);
    const Op* right = emit(*node.second);
    return make_logic(site(node), conjunction, left, right);
  }

  const Op* emit_match(const Node& node) {
    const Op* text = emit(*node.first);
    const Node& pattern = *node.second;
    if (!pattern.is_constant() || !pattern.value.is_string()) {
      return make_dynamic_match(site(node), text, emit(pattern));
    }
    code_.patterns.push_back(std::make_unique<const Pattern>(pattern.value.as_text()));
    return make_match(site(node), text, code_.patterns.back().get());
  }

  // a + b + c of strings, made in one go.
  const Op* emit_concatenation(const Node& node) {
    if (!optimize_ || !node.type.is(TypeKind::kString)) return nullptr;
    const Node* parts[kMostParts];
    std::size_t count = 0;
    const Node* at = &node;
    while (at->is(NodeKind::kBinary) && at->symbol == Symbol::kPlus && at->type.is(TypeKind::kString)) {
      if (count + 2 > kMostParts) return nullptr;
      parts[count++] = at->second;
      at = at->first;
    }
    parts[count++] = at;
    if (count < 3) return nullptr;
    const Ops ops = code_.arena.array<const Op*>(count);
    for (std::size_t i = 0; i < count; ++i) ops[i] = emit(*parts[count - 1 - i]);
    return make_concatenation(site(node), ops);
  }

  // ------------------------------------------------------------------ members and calls

  const Op* emit_member(const Node& node, const Op* object) {
    // $env.name is name.
    if (node.first->is(NodeKind::kName) && node.first->name_kind == NameKind::kEnvironment &&
        node.second->is_constant() && node.second->value.is_string()) {
      if (const auto slot = schema_.find(node.second->value.as_text())) {
        return make_slot(site(node), *slot, schema_.field(*slot).type, schema_.field(*slot).name);
      }
    }
    return make_fetch(site(node), object, emit(*node.second));
  }

  // `receiver` stands for the object of the called member, where that has been computed already.
  const Op* emit_call(const Node& node, const Op* receiver) {
    const Node& callee = *node.first;
    if (node.called != nullptr) {
      const Ops ops = emit_all(node.items(), 1);
      ops[0] = receiver != nullptr ? receiver : emit(*callee.first);
      return make_method_call(site(node), *node.called, ops);
    }
    const Op* function = receiver != nullptr ? emit_member(callee, receiver) : emit(callee);
    return make_dynamic_call(site(node), function, emit_all(node.items()));
  }

  // The links of a chain, from the innermost out, each reading its object from one register.
  const Op* emit_chain(const Node& node) {
    std::vector<const Node*> spine;  // outermost first
    const Node* at = node.first;
    for (;;) {
      if (at->is(NodeKind::kMember)) {
        spine.push_back(at);
        at = at->first;
      } else if (at->is(NodeKind::kCall) && at->first->is(NodeKind::kMember)) {
        spine.push_back(at);
        at = at->first->first;
      } else {
        break;
      }
    }
    const std::uint32_t index = code_.registers++;
    const Op* head = emit(*at);
    const std::span<Link> links = code_.arena.array<Link>(spine.size());
    for (std::size_t i = 0; i < spine.size(); ++i) {
      const Node& link = *spine[spine.size() - 1 - i];
      const Op* object = make_register(site(link), index);
      const bool call = link.is(NodeKind::kCall);
      links[i] = {call ? emit_call(link, object) : make_fetch(site(link), object, emit(*link.second)),
                  call ? link.first->optional : link.optional};
    }
    return make_chain(site(node), index, head, links);
  }

  const Op* emit_builtin(const Node& node) {
    if (optimize_) {
      if (const Op* op = emit_quick_builtin(node)) return op;
    }
    return make_builtin_call(site(node), *node.builtin, emit_all(node.items()));
  }

  // The functions on numbers that an autoscaler's expressions are full of.
  const Op* emit_quick_builtin(const Node& node) {
    const std::string_view name = node.name;
    if (node.count == 1 && node.list[0]->type.is_number()) {
      const bool is_float = node.list[0]->type.is(TypeKind::kFloat);
      const auto operand = [&] {
        return make_require_float(site(node), emit(*node.list[0]), name == "float" ? "" : node.builtin->name);
      };
      if (name == "ceil") return make_float_function(site(node), FloatFunction::kCeil, operand());
      if (name == "floor") return make_float_function(site(node), FloatFunction::kFloor, operand());
      if (name == "round") return make_float_function(site(node), FloatFunction::kRound, operand());
      if (name == "abs" && is_float) return make_float_function(site(node), FloatFunction::kAbs, operand());
      if (name == "float") return make_float_cast(site(node), operand());
    }
    if (node.count == 2 && (name == "min" || name == "max")) {
      const bool numbers = node.list[0]->type.is_number() && node.list[1]->type.is_number();
      if (!numbers) return nullptr;
      const Op* left = emit(*node.list[0]);
      const Op* right = emit(*node.list[1]);
      if (!is_solid(left) || !is_solid(right)) {
        const Ops ops = code_.arena.array<const Op*>(2);
        ops[0] = left;
        ops[1] = right;
        return make_builtin_call(site(node), *node.builtin, ops);
      }
      return make_extreme(site(node), name == "max", left, right);
    }
    return nullptr;
  }

  // ------------------------------------------------------------------ loops

  const Op* emit_loop(const Node& node) {
    const Node& source = *node.list[0];
    if (node.loop == Loop::kSum && node.count == 1 && source.is(NodeKind::kArray) && source.count >= 2) {
      return emit_sum(node, source.items());
    }
    LoopPlan plan{.loop = node.loop};
    if (node.count > 1) {
      const Node& predicate = *node.list[1];
      plan.registers = predicate.slot;
      plan.body = wants_bool(node.loop) ? emit_bool(*predicate.first, node) : emit(*predicate.first);
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

  // sum(1..100), which is known now as long as a run could go through it.
  static std::optional<Value> constant_sum(const Node& node, const LoopPlan& plan) {
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

  static bool wants_bool(Loop loop) {
    switch (loop) {
      case Loop::kMap:
      case Loop::kSum:
      case Loop::kGroupBy:
      case Loop::kSortBy:
      case Loop::kReduce: return false;
      default: return true;
    }
  }

  // sum([a, b, c]) is a + (b + c), as in the reference, which shows with floats.
  const Op* emit_sum(const Node& node, std::span<Node* const> terms) {
    const Op* total = emit(*terms.back());
    Type type = terms.back()->type;
    for (std::size_t i = terms.size() - 1; i-- > 0;) {
      const Op* term = emit(*terms[i]);
      const Type left = terms[i]->type;
      const bool floats =
          optimize_ && left.is(TypeKind::kFloat) && type.is_number() && is_solid(term) && is_solid(total);
      total = floats ? make_float_arithmetic(site(node), Symbol::kPlus, term, total)
                     : make_arithmetic(site(node), Symbol::kPlus, term, total);
      type = binary_type(Symbol::kPlus, left, type).value_or(Type::any());
    }
    return total;
  }

  // The loop over the loops that its source is made of; null where the source is no loop.
  const Op* emit_joined(const Node& node, const LoopPlan& plan, const Node& source) {
    std::vector<Stage> stages;
    const Node* at = &source;
    const Op* op = plan.source;
    while (at->is(NodeKind::kLoop) && (at->loop == Loop::kFilter || at->loop == Loop::kMap) &&
           !at->list[1]->uses_index) {
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

  // What is known of a variable beyond its type.
  struct Known {
    std::uint32_t slot;
    const Op* constant;  // null: a number
  };

  const Schema& schema_;
  bool optimize_;
  Code& code_;
  std::vector<Known> known_;
};

}  // namespace

void generate(const Node& root, const Schema& schema, bool optimize, Code& code) {
  Generator(schema, optimize, code).run(root);
}

}  // namespace fas::expr
