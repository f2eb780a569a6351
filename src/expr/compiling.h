// The class behind generate(). What it makes of names, variables and literals is in compiler.cpp, the rest in
// compiler_*.cpp.
#pragma once

#include <span>
#include <vector>

#include "expr/compiler.h"
#include "expr/loops.h"
#include "expr/ops.h"

namespace fas::expr {

class Generator {
 public:
  Generator(const Schema& schema, bool optimize, Code& code) : schema_(schema), optimize_(optimize), code_(code) {}

  void run(const Node& root);

 private:
  using Ops = std::span<const Op*>;

  // What is known of a variable beyond its type.
  struct Known {
    std::uint32_t slot;
    const Op* constant;  // null: a number
  };

  Site site(const Node& node) { return {code_.arena, node.offset}; }

  Ops emit_all(std::span<Node* const> nodes, std::size_t before = 0);
  const Op* emit(const Node& node);
  const Op* emit_optional(const Node* node);
  const Op* emit_bool(const Node& node, const Node& user);
  const Op* emit_name(const Node& node);
  const Op* emit_let(const Node& node);
  const Op* emit_variable(const Node& node);
  Value keep(const Value& value);
  void need_environment();

  // compiler_operators.cpp
  const Op* emit_unary(const Node& node);
  const Op* emit_binary(const Node& node);
  const Op* emit_operation(const Node& node, const Op* left, const Op* right);
  const Op* emit_logic(const Node& node, bool conjunction);
  const Op* emit_match(const Node& node);
  const Op* emit_concatenation(const Node& node);

  // compiler_calls.cpp
  const Op* emit_member(const Node& node, const Op* object);
  const Op* emit_call(const Node& node, const Op* receiver);
  const Op* emit_chain(const Node& node);
  const Op* emit_builtin(const Node& node);
  const Op* emit_quick_builtin(const Node& node);

  // compiler_loops.cpp
  const Op* emit_loop(const Node& node);
  const Op* emit_sum(const Node& node, std::span<Node* const> terms);
  const Op* emit_joined(const Node& node, const LoopPlan& plan, const Node& source);

  const Schema& schema_;
  bool optimize_;
  Code& code_;
  std::vector<Known> known_;
};

}  // namespace fas::expr
