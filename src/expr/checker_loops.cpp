// Builtins that take a predicate.
#include <fmt/format.h>

#include "expr/checking.h"

namespace fas::expr {
namespace {

void require_bool(const Node& predicate, Type body) {
  if (body.is(TypeKind::kBool) || body.is_unknown()) return;
  reject(predicate, fmt::format("predicate should return boolean (got {})", type_name(body)));
}

}  // namespace

Type Checker::visit_loop(Node& node) {
  Node& source = *node.list[0];
  const Type collection = visit(source);
  if (!collection.is(TypeKind::kArray) && !collection.is_unknown()) {
    reject(source, fmt::format("builtin {} takes only array (got {})", node.name, type_name(collection)));
  }
  const Type element = collection.element();
  Type body = Type::any();
  if (node.count > 1) body = visit_predicate(*node.list[1], element, node.loop);
  if (node.count > 2) visit(*node.list[2]);
  if (node.count > 1 && body.is_nil()) reject(*node.list[1], "predicate should return a value (got nil)");
  if (node.count > 1 && takes_condition(node.loop)) require_bool(*node.list[1], body);
  return loop_type(node, collection, body);
}

Type Checker::visit_predicate(Node& node, Type element, Loop loop) {
  node.slot = result_.registers;
  result_.registers += kLoopRegisters;
  scopes_.push_back({element, node.slot, loop == Loop::kMap || loop == Loop::kReduce, loop == Loop::kReduce, &node});
  const Type type = visit(node);
  scopes_.pop_back();
  return type;
}

Type Checker::loop_type(const Node& node, Type collection, Type body) {
  switch (node.loop) {
    case Loop::kAll:
    case Loop::kNone:
    case Loop::kAny:
    case Loop::kOne: return TypeKind::kBool;
    case Loop::kSortBy:
      if (collection.is_unknown()) return collection;
      [[fallthrough]];
    case Loop::kFilter: return collection.is_unknown() ? Type::array() : Type::array_of(keep(collection.element()));
    case Loop::kMap: return Type::array_of(keep(body));
    case Loop::kCount:
    case Loop::kFindIndex:
    case Loop::kFindLastIndex: return TypeKind::kInt;
    case Loop::kSum: return node.count > 1 ? body : collection.element();
    case Loop::kFind:
    case Loop::kFindLast: return collection.element();
    case Loop::kGroupBy: return Type::groups_of(arena_.make<Type>(Type::array_of(keep(collection.element()))));
    case Loop::kReduce: return body;
  }
  return Type::any();
}

}  // namespace fas::expr
