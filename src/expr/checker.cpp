#include "expr/checker.h"

#include <fmt/format.h>

#include <vector>

#include "base/text.h"
#include "expr/failure.h"
#include "expr/pattern.h"

namespace fas::expr {
namespace {

constexpr std::uint32_t kDeepest = 3'000;  // operations within each other; bounds the recursion of all later passes

struct Variable {
  std::string_view name;
  Type type;
  std::uint32_t slot;
};

struct Scope {
  Type element;
  std::uint32_t slot;
  bool numbers;  // #index exists
  bool reduces;  // #acc exists
  Node* predicate;
};

class Checker {
 public:
  Checker(const Schema& schema, Arena& arena) : schema_(schema), arena_(arena) {}

  CheckResult run(Node& root, bool as_float) {
    result_.type = visit(root);
    if (as_float && !result_.type.is_number() && !result_.type.is_unknown()) {
      throw CompileFailure{.message = "expected a number, but got " + describe_type(result_.type)};
    }
    return result_;
  }

 private:
  [[noreturn]] static void fail(const Node& node, std::string message) {
    throw CompileFailure{node.offset, std::move(message)};
  }

  static std::string describe_type(Type type) { return type_name(type); }

  Type visit(Node& node) {
    if (++depth_ > kDeepest) fail(node, "nested too deeply; split the expression with let");
    node.type = visit_kind(node);
    --depth_;
    return node.type;
  }

  Type visit_kind(Node& node) {
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

  // ------------------------------------------------------------------ names

  const Variable* find_variable(std::string_view name) const {
    for (auto it = variables_.rbegin(); it != variables_.rend(); ++it) {
      if (it->name == name) return &*it;
    }
    return nullptr;
  }

  Type visit_name(Node& node) {
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
    if (find_builtin(node.name) != nullptr || find_loop(node.name) != nullptr) {
      node.name_kind = NameKind::kBuiltin;
      return TypeKind::kFunction;
    }
    if (lenient_ > 0) return Type::untyped();
    unknown_name(node, node.name, true);
  }

  [[noreturn]] void unknown_name(const Node& node, std::string_view name, bool functions_too) const {
    std::vector<std::string_view> candidates;
    candidates.reserve(variables_.size() + schema_.fields().size());
    for (const Variable& variable : variables_) candidates.push_back(variable.name);
    for (const Schema::Field& field : schema_.fields()) candidates.emplace_back(field.name);
    if (functions_too) candidates.insert(candidates.end(), builtin_names().begin(), builtin_names().end());
    fail(node, with_suggestion(fmt::format("unknown name {}", name), name, candidates));
  }

  static std::string with_suggestion(std::string message, std::string_view name,
                                     std::span<const std::string_view> candidates) {
    if (const auto near = nearest(name, candidates)) message += fmt::format("; did you mean {}?", *near);
    return message;
  }

  Type visit_let(Node& node) {
    if (schema_.find(node.name)) fail(node, fmt::format("cannot redeclare {}", node.name));
    if (find_builtin(node.name) != nullptr || find_loop(node.name) != nullptr) {
      fail(node, fmt::format("cannot redeclare builtin {}", node.name));
    }
    if (find_variable(node.name) != nullptr) fail(node, fmt::format("cannot redeclare variable {}", node.name));
    const Type type = visit(*node.first);
    node.slot = result_.registers++;
    variables_.push_back({node.name, type, node.slot});
    const Type rest = visit(*node.second);
    variables_.pop_back();
    return rest;
  }

  Type visit_pointer(Node& node) {
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
    fail(node, fmt::format("unknown pointer #{}", node.name));
  }

  // ------------------------------------------------------------------ operators

  Type visit_unary(Node& node) {
    const Type operand = visit(*node.first);
    if (const auto type = unary_type(node.symbol, operand)) return *type;
    if (lenient_ > 0) return Type::untyped();
    fail(node, fmt::format("invalid operation: {} (mismatched type {})", spelling(node.symbol), type_name(operand)));
  }

  Type visit_binary(Node& node) {
    const Type left = visit(*node.first);
    const Type right = visit(*node.second);
    if (node.symbol == Symbol::kCoalesce) {
      if (left.is_nil() || right.is_nil()) return left.is_nil() ? right : left;
      return left.is_unknown() || left.kind() == right.kind() ? left : Type::untyped();
    }
    if (node.symbol == Symbol::kIn) return visit_in(node, left, right);
    if (node.symbol == Symbol::kMatches && node.second->is_constant() && node.second->value.is_string()) {
      if (const auto error = Pattern::check(node.second->value.as_text())) fail(node, *error);
    }
    if (const auto type = binary_type(node.symbol, left, right)) return *type;
    if (lenient_ > 0) return Type::untyped();
    mismatched(node, left, right);
  }

  [[noreturn]] static void mismatched(const Node& node, Type left, Type right) {
    fail(node, fmt::format("invalid operation: {} (mismatched types {} and {})", spelling(node.symbol), type_name(left),
                           type_name(right)));
  }

  Type visit_in(Node& node, Type left, Type right) {
    if (right.is(TypeKind::kMap)) {
      if (!right.has_any_keys() && !left.is(TypeKind::kString) && !left.is_unknown()) {
        fail(node, fmt::format("cannot use {} as a key of a map, whose keys are strings", type_name(left)));
      }
      return TypeKind::kBool;
    }
    if (right.is(TypeKind::kArray)) {
      if (!binary_type(Symbol::kEqual, left, right.element())) {
        fail(node, fmt::format("cannot use {} as type {} in array", type_name(left), type_name(right.element())));
      }
      return TypeKind::kBool;
    }
    if (right.is_unknown() || (left.is_unknown() && right.is(TypeKind::kString))) return TypeKind::kBool;
    if (lenient_ > 0) return TypeKind::kBool;
    mismatched(node, left, right);
  }

  Type visit_conditional(Node& node) {
    const Type condition = visit(*node.first);
    if (!condition.is(TypeKind::kBool) && !condition.is_unknown()) {
      fail(*node.first, fmt::format("non-bool expression (type {}) used as condition", type_name(condition)));
    }
    const Type yes = visit(*node.second);
    const Type no = visit(*node.third);
    if (yes.is_nil() || no.is_nil()) return yes.is_nil() ? no : yes;
    if (yes.kind() == no.kind()) return yes.is_untyped() ? yes : no.is_untyped() ? no : yes;
    return no.is_unknown() && !no.is_untyped() ? yes : Type::untyped();
  }

  // ------------------------------------------------------------------ members and slices

  Type visit_member(Node& node) {
    const Type object = visit(*node.first);
    if (is_environment(*node.first)) return visit_environment(node);
    const Type key = visit(*node.second);
    const Value* name = node.second->is_constant() && node.second->value.is_string() ? &node.second->value : nullptr;
    if (name != nullptr) {
      if (object.is_nil()) fail(node, fmt::format("type nil has no field {}", name->as_text()));
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
          fail(*node.second,
               fmt::format("array elements can only be selected using an integer (got {})", type_name(key)));
        }
        return object.element();
      default: break;
    }
    if (name == nullptr) fail(node, fmt::format("type {}[{}] is undefined", type_name(object), type_name(key)));
    fail(node,
         fmt::format("type {} has no {} {}", type_name(object), node.method ? "method" : "field", name->as_text()));
  }

  Type visit_key(Node& node, Type object, Type key, const Value* name) {
    if (!object.has_any_keys() && !key.is(TypeKind::kString) && !key.is_unknown()) {
      fail(*node.second,
           fmt::format("cannot use {} to get an element of a map, whose keys are strings", type_name(key)));
    }
    const Schema* fields = object.fields();
    if (fields == nullptr || name == nullptr) return object.element();
    if (const auto slot = fields->find(name->as_text())) return fields->field(*slot).type;
    if (node.optional) return Type::untyped();
    if (fields == &schema_) unknown_name(node, name->as_text(), false);
    std::vector<std::string_view> candidates;
    for (const Schema::Field& field : fields->fields()) candidates.emplace_back(field.name);
    fail(node, with_suggestion(fmt::format("unknown field {}", name->as_text()), name->as_text(), candidates));
  }

  static bool is_environment(const Node& node) {
    return node.is(NodeKind::kName) && node.name_kind == NameKind::kEnvironment;
  }

  // $env[key]: the reference looks at a constant key only.
  Type visit_environment(Node& node) {
    if (!node.second->is_constant() || !node.second->value.is_string()) {
      visit_dynamic(*node.second);
      return Type::untyped();
    }
    node.second->type = TypeKind::kString;
    return visit_key(node, Type::record(&schema_), TypeKind::kString, &node.second->value);
  }

  Type visit_slice(Node& node) {
    const Type object = visit(*node.first);
    const bool sliceable = object.is(TypeKind::kString) || object.is(TypeKind::kBytes) || object.is(TypeKind::kArray) ||
                           object.is_unknown();
    if (!sliceable) fail(node, fmt::format("cannot slice {}", type_name(object)));
    for (Node* bound : {node.second, node.third}) {
      if (bound == nullptr) continue;
      if (object.is_unknown()) {
        visit_dynamic(*bound);
        continue;
      }
      const Type type = visit(*bound);
      if (!type.is_integer() && !type.is_unknown()) {
        fail(*bound, fmt::format("non-integer slice index {}", type_name(type)));
      }
    }
    return object;
  }

  // ------------------------------------------------------------------ calls

  Type visit_call(Node& node) {
    Node& callee = *node.first;
    const Type type = visit(callee);
    if (callee.is(NodeKind::kMember) && callee.called != nullptr) return visit_method(node, *callee.called);
    if (is_environment(callee)) fail(node, "$env is not callable");
    if (type.is_unknown() || callee.name_kind == NameKind::kBuiltin || type.is(TypeKind::kFunction)) {
      for (Node* argument : node.items()) visit_dynamic(*argument);
      return Type::untyped();  // what there is to call is found out at run time
    }
    fail(node, fmt::format("{} is not callable", type_name(type)));
  }

  // The reference does not look into the arguments of a call that it knows nothing of: an unknown name there is nil,
  // and so is what has other faults.
  void visit_dynamic(Node& node) {
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

  Type visit_method(Node& node, const Method& method) {
    node.called = &method;
    const Signature& signature = method.signature;
    const std::uint32_t expected = signature.count - 1U;  // without the receiver
    if (node.count > expected && !signature.variadic)
      fail(node, fmt::format("too many arguments to call {}", method.name));
    if (node.count < expected) fail(node, fmt::format("not enough arguments to call {}", method.name));
    for (std::uint32_t i = 0; i < node.count; ++i) {
      const Type type = visit(*node.list[i]);
      check_argument(*node.list[i], type, signature.parameters[std::min(i + 1U, signature.count - 1U)], method.name);
    }
    return signature.result;
  }

  static bool accepts(Type parameter, Type argument) {
    if (argument.is_nil()) {
      return parameter.is_unknown() || parameter.is(TypeKind::kMap) || parameter.is(TypeKind::kArray);
    }
    return assignable(argument, parameter) ||
           (parameter.is(TypeKind::kArray) && argument.is(TypeKind::kArray) && parameter.element().is_unknown());
  }

  static void check_argument(const Node& node, Type argument, Type parameter, std::string_view name) {
    if (accepts(parameter, argument)) return;
    fail(node, fmt::format("cannot use {} as argument (type {}) to call {}", type_name(argument), type_name(parameter),
                           name));
  }

  Type visit_builtin(Node& node) {
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
  const Type* environment_field(const Node& name) const {
    if (!name.is_constant() || !name.value.is_string()) return nullptr;
    const auto slot = schema_.find(name.value.as_text());
    return slot ? &schema_.field(*slot).type : nullptr;
  }

  Type visit_signatures(Node& node, const Builtin& builtin, std::span<Type> types) {
    check_count(node, builtin);
    for (std::uint32_t i = 0; i < node.count; ++i) types[i] = visit(*node.list[i]);
    for (const Signature& signature : builtin.signatures) {
      if (fits(signature, types)) return signature.result;
    }
    const Signature& last = builtin.signatures.back();
    for (std::uint32_t i = 0; i < node.count; ++i) {
      check_argument(*node.list[i], types[i], parameter(last, i), builtin.name);
    }
    fail(node, fmt::format("cannot call {} with these arguments", builtin.name));
  }

  static void check_count(const Node& node, const Builtin& builtin) {
    std::uint32_t least = UINT32_MAX;
    std::uint32_t most = 0;
    for (const Signature& signature : builtin.signatures) {
      least = std::min<std::uint32_t>(least, signature.variadic ? signature.count - 1U : signature.count);
      most = std::max<std::uint32_t>(most, signature.variadic ? UINT32_MAX : signature.count);
    }
    if (node.count < least) fail(node, fmt::format("not enough arguments to call {}", builtin.name));
    if (node.count > most) fail(node, fmt::format("too many arguments to call {}", builtin.name));
  }

  static Type parameter(const Signature& signature, std::uint32_t argument) {
    return signature.parameters[std::min<std::uint32_t>(argument, signature.count - 1U)];
  }

  static bool fits(const Signature& signature, std::span<const Type> types) {
    const std::size_t least = signature.variadic ? signature.count - 1U : signature.count;
    if (types.size() < least || (!signature.variadic && types.size() > signature.count)) return false;
    for (std::uint32_t i = 0; i < types.size(); ++i) {
      if (!accepts(parameter(signature, i), types[i])) return false;
    }
    return true;
  }

  // ------------------------------------------------------------------ loops

  Type visit_loop(Node& node) {
    Node& source = *node.list[0];
    const Type collection = visit(source);
    if (!collection.is(TypeKind::kArray) && !collection.is_unknown()) {
      fail(source, fmt::format("builtin {} takes only array (got {})", node.name, type_name(collection)));
    }
    const Type element = collection.element();
    Type body = Type::any();
    if (node.count > 1) body = visit_predicate(*node.list[1], element, node.loop);
    if (node.count > 2) visit(*node.list[2]);
    if (node.count > 1 && body.is_nil()) fail(*node.list[1], "predicate should return a value (got nil)");
    if (node.count > 1 && needs_bool(node.loop)) require_bool(*node.list[1], body);
    return loop_type(node, collection, body);
  }

  static bool needs_bool(Loop loop) {
    switch (loop) {
      case Loop::kMap:
      case Loop::kSum:
      case Loop::kGroupBy:
      case Loop::kSortBy:
      case Loop::kReduce: return false;
      default: return true;
    }
  }

  Type visit_predicate(Node& node, Type element, Loop loop) {
    node.slot = result_.registers;
    result_.registers += kLoopRegisters;
    scopes_.push_back({element, node.slot, loop == Loop::kMap || loop == Loop::kReduce, loop == Loop::kReduce, &node});
    const Type type = visit(node);
    scopes_.pop_back();
    return type;
  }

  static void require_bool(const Node& predicate, Type body) {
    if (body.is(TypeKind::kBool) || body.is_unknown()) return;
    fail(predicate, fmt::format("predicate should return boolean (got {})", type_name(body)));
  }

  const Type* keep(Type type) { return type.is_unknown() ? nullptr : arena_.make<Type>(type); }

  Type loop_type(const Node& node, Type collection, Type body) {
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

  // ------------------------------------------------------------------ literals

  Type visit_sequence(Node& node) {
    Type type = TypeKind::kNil;
    for (Node* item : node.items()) type = visit(*item);
    return type;
  }

  Type visit_array(Node& node) {
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

  const Schema& schema_;
  Arena& arena_;
  CheckResult result_;
  std::uint32_t depth_ = 0;
  int lenient_ = 0;  // within what the reference does not look into
  std::vector<Variable> variables_;
  std::vector<Scope> scopes_;
};

}  // namespace

CheckResult check(Node& root, const Schema& schema, Arena& arena, bool as_float) {
  return Checker(schema, arena).run(root, as_float);
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
