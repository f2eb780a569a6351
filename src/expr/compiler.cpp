#include "expr/compiler.h"

#include <algorithm>

#include "expr/compiling.h"

namespace fas::expr {

void Generator::run(const Node& root) {
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

Generator::Ops Generator::emit_all(std::span<Node* const> nodes, std::size_t before) {
  const Ops ops = code_.arena.array<const Op*>(nodes.size() + before);
  for (std::size_t i = 0; i < nodes.size(); ++i) ops[before + i] = emit(*nodes[i]);
  return ops;
}

const Op* Generator::emit(const Node& node) {
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
    case NodeKind::kLet: return emit_let(node);
    case NodeKind::kSequence: return make_sequence(site(node), emit_all(node.items()));
    case NodeKind::kArray: return make_array(site(node), emit_all(node.items()));
    case NodeKind::kMap: return make_map(site(node), emit_all(node.items()));
    case NodeKind::kKeep: return make_store(site(node), node.slot, emit(*node.first), nullptr);
    case NodeKind::kKept: return make_register(site(node), node.slot);
  }
  return nullptr;
}

const Op* Generator::emit_optional(const Node* node) { return node == nullptr ? nullptr : emit(*node); }

// As a condition of `user`, which is where a value that is no bool is reported.
const Op* Generator::emit_bool(const Node& node, const Node& user) {
  const Op* op = emit(node);
  return op->run_bool != bool_by_value ? op : make_require_bool(site(user), op);
}

// A constant's texts and elements, in the program's own memory.
Value Generator::keep(const Value& value) {
  if (value.is_string()) return Value::string(code_.arena.copy(value.as_text())).as_key();
  if (value.is(Kind::kBytes)) return Value::bytes(code_.arena.copy(value.as_text()));
  if (!value.is(Kind::kArray)) return value;
  const std::span<Value> elements = code_.arena.copy(value.as_array());
  for (Value& element : elements) element = keep(element);
  return Value::array(elements, value.element_kind());
}

const Op* Generator::emit_name(const Node& node) {
  switch (node.name_kind) {
    case NameKind::kSlot:
      code_.slots.push_back(node.slot);
      return make_slot(site(node), node.slot, schema_.field(node.slot).type, node.name);
    case NameKind::kVariable: return emit_variable(node);
    case NameKind::kEnvironment: need_environment(); return make_environment(site(node));
    default: return make_constant(site(node), Value::nil());  // a function that is not called
  }
}

// A variable that is a constant needs no place, and one that is sure to be a number no test.
const Op* Generator::emit_let(const Node& node) {
  const Op* value = emit(*node.first);
  if (optimize_ && constant_of(value) != nullptr) {
    known_.push_back({node.slot, value});
    return emit(*node.second);
  }
  if (optimize_ && value->run_float != float_by_value) known_.push_back({node.slot, nullptr});
  return make_store(site(node), node.slot, value, emit(*node.second));
}

const Op* Generator::emit_variable(const Node& node) {
  for (const Known& known : known_) {
    if (known.slot != node.slot) continue;
    return known.constant != nullptr ? make_constant(site(node), *constant_of(known.constant))
                                     : make_number_register(site(node), node.slot);
  }
  return make_register(site(node), node.slot);
}

void Generator::need_environment() {
  if (code_.uses_environment) return;
  code_.uses_environment = true;
  for (std::uint32_t slot = 0; slot < schema_.size(); ++slot) {
    code_.names.push_back(schema_.field(slot).name);
    code_.slots.push_back(slot);
  }
}

void generate(const Node& root, const Schema& schema, bool optimize, Code& code) {
  Generator(schema, optimize, code).run(root);
}

}  // namespace fas::expr
