// The class behind check(). What it does with names, variables and literals is in checker.cpp, the rest by the kind of
// node in checker_*.cpp.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "expr/checker.h"
#include "expr/failure.h"

namespace fas::expr {

// The expression does not compile, because of this node.
[[noreturn]] void reject(const Node& node, std::string message);

class Checker {
 public:
  Checker(const Schema& schema, Arena& arena) : schema_(schema), arena_(arena) {}

  CheckResult run(Node& root, bool as_float);

 private:
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

  // Each gives the type of the node and of all within it.
  Type visit(Node& node);
  Type visit_kind(Node& node);
  Type visit_name(Node& node);
  Type visit_let(Node& node);
  Type visit_pointer(Node& node);
  Type visit_sequence(Node& node);
  Type visit_array(Node& node);

  // checker_operators.cpp
  Type visit_unary(Node& node);
  Type visit_binary(Node& node);
  Type visit_in(Node& node, Type left, Type right);
  Type visit_conditional(Node& node);

  // checker_members.cpp
  Type visit_member(Node& node);
  Type visit_key(Node& node, Type object, Type key, const Value* name);
  Type visit_environment(Node& node);
  Type visit_slice(Node& node);

  // checker_calls.cpp
  Type visit_call(Node& node);
  void visit_dynamic(Node& node);
  Type visit_method(Node& node, const Method& method);
  Type visit_builtin(Node& node);
  Type visit_signatures(Node& node, const Builtin& builtin, std::span<Type> types);
  const Type* environment_field(const Node& name) const;

  // checker_loops.cpp
  Type visit_loop(Node& node);
  Type visit_predicate(Node& node, Type element, Loop loop);
  Type loop_type(const Node& node, Type collection, Type body);

  const Variable* find_variable(std::string_view name) const;
  [[noreturn]] void unknown_name(const Node& node, std::string_view name, bool functions_too) const;
  const Type* keep(Type type) { return type.is_unknown() ? nullptr : arena_.make<Type>(type); }

  const Schema& schema_;
  Arena& arena_;
  CheckResult result_;
  std::uint32_t depth_ = 0;
  int lenient_ = 0;  // within what the reference does not look into
  std::vector<Variable> variables_;
  std::vector<Scope> scopes_;
};

// The message, and which of the candidates may have been meant.
std::string with_suggestion(std::string message, std::string_view name, std::span<const std::string_view> candidates);

// Is the node $env?
bool is_environment(const Node& node);

}  // namespace fas::expr
