// Calls of functions and methods, and what builtins that check themselves report.
#include <fmt/format.h>

#include <algorithm>

#include "expr/checking.h"

namespace fas::expr {
namespace {

bool accepts(Type parameter, Type argument) {
  if (argument.is_nil()) {
    return parameter.is_unknown() || parameter.is(TypeKind::kMap) || parameter.is(TypeKind::kArray);
  }
  return assignable(argument, parameter) ||
         (parameter.is(TypeKind::kArray) && argument.is(TypeKind::kArray) && parameter.element().is_unknown());
}

void check_argument(const Node& node, Type argument, Type parameter, std::string_view name) {
  if (accepts(parameter, argument)) return;
  reject(node, fmt::format("cannot use {} as argument (type {}) to call {}", type_name(argument), type_name(parameter),
                           name));
}

void check_count(const Node& node, const Builtin& builtin) {
  std::uint32_t least = UINT32_MAX;
  std::uint32_t most = 0;
  for (const Signature& signature : builtin.signatures) {
    least = std::min<std::uint32_t>(least, signature.variadic ? signature.count - 1U : signature.count);
    most = std::max<std::uint32_t>(most, signature.variadic ? UINT32_MAX : signature.count);
  }
  if (node.count < least) reject(node, fmt::format("not enough arguments to call {}", builtin.name));
  if (node.count > most) reject(node, fmt::format("too many arguments to call {}", builtin.name));
}

Type parameter_of(const Signature& signature, std::uint32_t argument) {
  return signature.parameters[std::min<std::uint32_t>(argument, signature.count - 1U)];
}

bool fits(const Signature& signature, std::span<const Type> types) {
  const std::size_t least = signature.variadic ? signature.count - 1U : signature.count;
  if (types.size() < least || (!signature.variadic && types.size() > signature.count)) return false;
  for (std::uint32_t i = 0; i < types.size(); ++i) {
    if (!accepts(parameter_of(signature, i), types[i])) return false;
  }
  return true;
}

}  // namespace

Type Checker::visit_call(Node& node) {
  Node& callee = *node.first;
  const Type type = visit(callee);
  if (callee.is(NodeKind::kMember) && callee.called != nullptr) return visit_method(node, *callee.called);
  if (is_environment(callee)) reject(node, "$env is not callable");
  if (type.is_unknown() || callee.name_kind == NameKind::kBuiltin || type.is(TypeKind::kFunction)) {
    for (Node* argument : node.items()) visit_dynamic(*argument);
    return Type::untyped();  // what there is to call is found out at run time
  }
  reject(node, fmt::format("{} is not callable", type_name(type)));
}

// The reference does not look into the arguments of a call that it knows nothing of: an unknown name there is nil,
// and so is what has other faults.
void Checker::visit_dynamic(Node& node) {
  const std::uint32_t depth = depth_;
  const std::size_t variables = variables_.size();
  const std::size_t scopes = scopes_.size();
  ++lenient_;
  try {
    visit(node);
    --lenient_;
  } catch (const CompileFailure&) {
    --lenient_;
    depth_ = depth;
    variables_.resize(variables);
    scopes_.resize(scopes);
    node = Node{.offset = node.offset, .type = TypeKind::kNil};
  }
}

Type Checker::visit_method(Node& node, const Method& method) {
  node.called = &method;
  const Signature& signature = method.signature;
  const std::uint32_t expected = signature.count - 1U;  // without the receiver
  if (node.count > expected && !signature.variadic)
    reject(node, fmt::format("too many arguments to call {}", method.name));
  if (node.count < expected) reject(node, fmt::format("not enough arguments to call {}", method.name));
  for (std::uint32_t i = 0; i < node.count; ++i) {
    const Type type = visit(*node.list[i]);
    check_argument(*node.list[i], type, parameter_of(signature, i + 1), method.name);
  }
  return signature.result;
}

Type Checker::visit_builtin(Node& node) {
  const Builtin& builtin = *node.builtin;
  if (!builtin.pure) result_.uses_clock = true;
  const std::span<Type> types = arena_.array<Type>(node.count);
  if (builtin.check == nullptr) return visit_signatures(node, builtin, types);
  const std::span<std::uint32_t> offsets = arena_.array<std::uint32_t>(node.count);
  for (std::uint32_t i = 0; i < node.count; ++i) {
    types[i] = visit(*node.list[i]);
    offsets[i] = node.list[i]->offset;
  }
  if (builtin.name == "get" && node.count == 2 && is_environment(*node.list[0])) {
    if (const Type* field = environment_field(*node.list[1])) return *field;
  }
  CheckCall call{.name = builtin.name, .arguments = types, .offset = node.offset, .argument_offsets = offsets};
  return builtin.check(call);
}

// Of a constant name in the environment; null where there is none.
const Type* Checker::environment_field(const Node& name) const {
  if (!name.is_constant() || !name.value.is_string()) return nullptr;
  const auto slot = schema_.find(name.value.as_text());
  return slot ? &schema_.field(*slot).type : nullptr;
}

Type Checker::visit_signatures(Node& node, const Builtin& builtin, std::span<Type> types) {
  check_count(node, builtin);
  for (std::uint32_t i = 0; i < node.count; ++i) types[i] = visit(*node.list[i]);
  for (const Signature& signature : builtin.signatures) {
    if (fits(signature, types)) return signature.result;
  }
  const Signature& last = builtin.signatures.back();
  for (std::uint32_t i = 0; i < node.count; ++i) {
    check_argument(*node.list[i], types[i], parameter_of(last, i), builtin.name);
  }
  reject(node, fmt::format("cannot call {} with these arguments", builtin.name));
}

void CheckCall::fail(std::string message) const { throw CompileFailure{offset, std::move(message)}; }

void CheckCall::fail_at(std::size_t argument, std::string message) const {
  throw CompileFailure{argument_offsets[argument], std::move(message)};
}

void CheckCall::expect_count(std::size_t least, std::size_t most) const {
  if (arguments.size() >= least && arguments.size() <= most) return;
  const std::size_t expected = arguments.size() < least ? least : most;
  fail(fmt::format("invalid number of arguments (expected {}, got {})", expected, arguments.size()));
}

}  // namespace fas::expr
