#include <fmt/format.h>

#include "expr/checking.h"

namespace fas::expr {

Type Checker::visit_member(Node& node) {
  const Type object = visit(*node.first);
  if (is_environment(*node.first)) return visit_environment(node);
  const Type key = visit(*node.second);
  const Value* name = node.second->is_constant() && node.second->value.is_string() ? &node.second->value : nullptr;
  if (name != nullptr) {
    if (object.is_nil()) reject(node, fmt::format("type nil has no field {}", name->as_text()));
    if (const Method* method = find_method(object.kind(), name->as_text())) {
      node.called = method;
      return TypeKind::kFunction;
    }
  }
  switch (object.kind()) {
    case TypeKind::kUnknown: return object;
    case TypeKind::kMap: return visit_key(node, object, key, name);
    case TypeKind::kBytes:
    case TypeKind::kArray:
      if (object.is(TypeKind::kBytes) && name != nullptr) break;
      if (!key.is_integer() && !key.is_unknown()) {
        if (lenient_ > 0) return Type::untyped();
        reject(*node.second,
               fmt::format("array elements can only be selected using an integer (got {})", type_name(key)));
      }
      return object.element();
    default: break;
  }
  if (name == nullptr) reject(node, fmt::format("type {}[{}] is undefined", type_name(object), type_name(key)));
  reject(node,
         fmt::format("type {} has no {} {}", type_name(object), node.method ? "method" : "field", name->as_text()));
}

Type Checker::visit_key(Node& node, Type object, Type key, const Value* name) {
  if (!object.has_any_keys() && !key.is(TypeKind::kString) && !key.is_unknown()) {
    reject(*node.second,
           fmt::format("cannot use {} to get an element of a map, whose keys are strings", type_name(key)));
  }
  const Schema* fields = object.fields();
  if (fields == nullptr || name == nullptr) return object.element();
  if (const auto slot = fields->find(name->as_text())) return fields->field(*slot).type;
  if (node.optional) return Type::untyped();
  if (fields == &schema_) unknown_name(node, name->as_text(), false);
  std::vector<std::string_view> candidates;
  for (const Schema::Field& field : fields->fields()) candidates.emplace_back(field.name);
  reject(node, with_suggestion(fmt::format("unknown field {}", name->as_text()), name->as_text(), candidates));
}

// $env[key]: the reference looks at a constant key only.
Type Checker::visit_environment(Node& node) {
  if (!node.second->is_constant() || !node.second->value.is_string()) {
    visit_dynamic(*node.second);
    return Type::untyped();
  }
  node.second->type = TypeKind::kString;
  return visit_key(node, Type::record(&schema_), TypeKind::kString, &node.second->value);
}

Type Checker::visit_slice(Node& node) {
  const Type object = visit(*node.first);
  const bool sliceable =
      object.is(TypeKind::kString) || object.is(TypeKind::kBytes) || object.is(TypeKind::kArray) || object.is_unknown();
  if (!sliceable) reject(node, fmt::format("cannot slice {}", type_name(object)));
  for (Node* bound : {node.second, node.third}) {
    if (bound == nullptr) continue;
    if (object.is_unknown()) {
      visit_dynamic(*bound);
      continue;
    }
    const Type type = visit(*bound);
    if (!type.is_integer() && !type.is_unknown()) {
      reject(*bound, fmt::format("non-integer slice index {}", type_name(type)));
    }
  }
  return object;
}

}  // namespace fas::expr
