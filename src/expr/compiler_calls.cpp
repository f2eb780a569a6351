// Members, optional chains, calls.
#include <algorithm>

#include "expr/compiling.h"

namespace fas::expr {

const Op* Generator::emit_member(const Node& node, const Op* object) {
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
const Op* Generator::emit_call(const Node& node, const Op* receiver) {
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
const Op* Generator::emit_chain(const Node& node) {
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

const Op* Generator::emit_builtin(const Node& node) {
  if (optimize_) {
    if (const Op* op = emit_quick_builtin(node)) return op;
  }
  return make_builtin_call(site(node), *node.builtin, emit_all(node.items()));
}

// The functions on numbers that an autoscaler's expressions are full of.
const Op* Generator::emit_quick_builtin(const Node& node) {
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
    if (!gives_number(left) || !gives_number(right)) {
      const Ops ops = code_.arena.array<const Op*>(2);
      ops[0] = left;
      ops[1] = right;
      return make_builtin_call(site(node), *node.builtin, ops);
    }
    return make_extreme(site(node), name == "max", left, right);
  }
  return nullptr;
}

}  // namespace fas::expr
