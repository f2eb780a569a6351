#include "expr/checker.h"

#include <fmt/format.h>

#include "base/text.h"
#include "expr/checking.h"

namespace fas::expr {
namespace {

constexpr std::uint32_t kDeepest = 3'000;  // operations within each other; bounds the recursion of all later passes

bool is_builtin_name(std::string_view name) { return find_builtin(name) != nullptr || find_loop(name) != nullptr; }

}  // namespace

void reject(const Node& node, std::string message) { throw CompileFailure{node.offset, std::move(message)}; }

std::string with_suggestion(std::string message, std::string_view name, std::span<const std::string_view> candidates) {
  if (const auto near = nearest(name, candidates)) message += fmt::format("; did you mean {}?", *near);
  return message;
}

bool is_environment(const Node& node) { return node.is(NodeKind::kName) && node.name_kind == NameKind::kEnvironment; }

CheckResult Checker::run(Node& root, bool as_float) {
  result_.type = visit(root);
  if (as_float && !result_.type.is_number() && !result_.type.is_unknown()) {
    throw CompileFailure{.message = "expected a number, but got " + type_name(result_.type)};
  }
  return result_;
}

Type Checker::visit(Node& node) {
  if (++depth_ > kDeepest) reject(node, "nested too deeply; split the expression with let");
  node.type = visit_kind(node);
  --depth_;
  return node.type;
}

Type Checker::visit_kind(Node& node) {
  switch (node.kind) {
    case NodeKind::kConstant: return type_of(node.value);
    case NodeKind::kName: return visit_name(node);
    case NodeKind::kUnary: return visit_unary(node);
    case NodeKind::kBinary: return visit_binary(node);
    case NodeKind::kChain: return visit(*node.first);
    case NodeKind::kMember: return visit_member(node);
    case NodeKind::kSlice: return visit_slice(node);
    case NodeKind::kCall: return visit_call(node);
    case NodeKind::kBuiltin: return visit_builtin(node);
    case NodeKind::kLoop: return visit_loop(node);
    case NodeKind::kPredicate: return visit(*node.first);
    case NodeKind::kPointer: return visit_pointer(node);
    case NodeKind::kConditional: return visit_conditional(node);
    case NodeKind::kLet: return visit_let(node);
    case NodeKind::kSequence: return visit_sequence(node);
    case NodeKind::kArray: return visit_array(node);
    case NodeKind::kMap:
      for (Node* item : node.items()) visit(*item);
      return Type::map();
    case NodeKind::kKeep: {
      const Type type = visit(*node.first);
      node.slot = result_.registers++;
      return type;
    }
    case NodeKind::kKept: node.slot = node.first->slot; return node.first->type;
  }
  return Type::any();
}

const Checker::Variable* Checker::find_variable(std::string_view name) const {
  for (auto it = variables_.rbegin(); it != variables_.rend(); ++it) {
    if (it->name == name) return &*it;
  }
  return nullptr;
}

Type Checker::visit_name(Node& node) {
  if (const Variable* variable = find_variable(node.name)) {
    node.name_kind = NameKind::kVariable;
    node.slot = variable->slot;
    return variable->type;
  }
  if (node.name == "$env") {
    node.name_kind = NameKind::kEnvironment;
    result_.uses_environment = true;
    return Type::untyped();
  }
  if (const auto slot = schema_.find(node.name)) {
    node.name_kind = NameKind::kSlot;
    node.slot = *slot;
    return schema_.field(*slot).type;
  }
  if (is_builtin_name(node.name)) {
    node.name_kind = NameKind::kBuiltin;
    return TypeKind::kFunction;
  }
  if (lenient_ > 0) return Type::untyped();
  unknown_name(node, node.name, true);
}

void Checker::unknown_name(const Node& node, std::string_view name, bool functions_too) const {
  std::vector<std::string_view> candidates;
  candidates.reserve(variables_.size() + schema_.fields().size());
  for (const Variable& variable : variables_) candidates.push_back(variable.name);
  for (const Schema::Field& field : schema_.fields()) candidates.emplace_back(field.name);
  if (functions_too) candidates.insert(candidates.end(), builtin_names().begin(), builtin_names().end());
  reject(node, with_suggestion(fmt::format("unknown name {}", name), name, candidates));
}

Type Checker::visit_let(Node& node) {
  if (schema_.find(node.name)) reject(node, fmt::format("cannot redeclare {}", node.name));
  if (is_builtin_name(node.name)) {
    reject(node, fmt::format("cannot redeclare builtin {}", node.name));
  }
  if (find_variable(node.name) != nullptr) reject(node, fmt::format("cannot redeclare variable {}", node.name));
  const Type type = visit(*node.first);
  node.slot = result_.registers++;
  variables_.push_back({node.name, type, node.slot});
  const Type rest = visit(*node.second);
  variables_.pop_back();
  return rest;
}

Type Checker::visit_pointer(Node& node) {
  const Scope& scope = scopes_.back();
  if (node.name.empty()) {
    node.pointer = Pointer::kElement;
    node.slot = scope.slot + kElementRegister;
    return scope.element;
  }
  if (scope.numbers && node.name == "index") {
    scope.predicate->uses_index = true;
    node.pointer = Pointer::kIndex;
    node.slot = scope.slot + kIndexRegister;
    return TypeKind::kInt;
  }
  if (scope.reduces && node.name == "acc") {
    node.pointer = Pointer::kAccumulator;
    node.slot = scope.slot + kAccumulatorRegister;
    return Type::untyped();
  }
  reject(node, fmt::format("unknown pointer #{}", node.name));
}

Type Checker::visit_sequence(Node& node) {
  Type type = TypeKind::kNil;
  for (Node* item : node.items()) type = visit(*item);
  return type;
}

Type Checker::visit_array(Node& node) {
  bool uniform = true;
  Type last;
  for (std::uint32_t i = 0; i < node.count; ++i) {
    const Type type = visit(*node.list[i]);
    // nil and the untyped are one to the reference.
    const bool nothing = (last.is_untyped() || last.is_nil()) && (type.is_untyped() || type.is_nil());
    uniform = uniform && (i == 0 || nothing || same_type(last, type));
    last = type;
  }
  return uniform && node.count > 0 ? Type::array_of(keep(last)) : Type::array();
}

CheckResult check(Node& root, const Schema& schema, Arena& arena, bool as_float) {
  return Checker(schema, arena).run(root, as_float);
}

}  // namespace fas::expr
