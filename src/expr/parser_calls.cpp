// Calls of functions, and of builtins that take a predicate.
#include <fmt/format.h>

#include "expr/parsing.h"

namespace fas::expr {
namespace {

// What a predicate-taking builtin is called with: every one an array first.
struct LoopShape {
  bool predicate_optional;
  bool has_extra;  // a further, optional argument
};

constexpr LoopShape shape_of(Loop loop) {
  switch (loop) {
    case Loop::kCount:
    case Loop::kSum: return {true, false};
    case Loop::kSortBy:
    case Loop::kReduce: return {false, true};
    default: return {false, false};
  }
}

}  // namespace

// name(arguments), `piped` being the first when there is one.
Node* Parser::parse_call(const Token& name, Node* piped) {
  if (const Loop* loop = find_loop(name.text)) return parse_loop(name, *loop, piped);
  if (const Builtin* builtin = find_builtin(name.text)) {
    Node* node = make(NodeKind::kBuiltin, name.offset);
    node->builtin = builtin;
    node->name = builtin->name;
    parse_arguments(node, piped);
    return node;
  }
  Node* node = make(NodeKind::kCall, name.offset);
  node->first = make_name(name);
  parse_arguments(node, piped);
  return node;
}

void Parser::parse_arguments(Node* into, Node* piped) {
  const std::size_t mark = stack_.mark();
  if (piped != nullptr) stack_.push(piped);
  expect(Symbol::kOpenParen);
  parse_items(Symbol::kCloseParen);
  stack_.take(mark, into, arena_);
}

Node* Parser::parse_loop(const Token& name, Loop loop, Node* piped) {
  const LoopShape shape = shape_of(loop);
  const std::uint32_t most = shape.has_extra ? 3 : 2;
  const std::uint32_t least = shape.predicate_optional ? 1 : 2;
  Node* node = make(NodeKind::kLoop, name.offset);
  node->loop = loop;
  node->name = loop_name(loop);
  const std::size_t mark = stack_.mark();
  expect(Symbol::kOpenParen);
  if (piped != nullptr) stack_.push(piped);
  for (std::uint32_t i = piped != nullptr ? 1 : 0; i < most; ++i) {
    if (at(Symbol::kCloseParen)) {
      if (i >= least) break;
      fail(fmt::format("expected at least {} arguments", least));
    }
    if (i > (piped != nullptr ? 1U : 0U)) expect(Symbol::kComma);
    stack_.push(i == 1 ? parse_predicate() : parse_expression(0));
  }
  accept(Symbol::kComma);
  expect(Symbol::kCloseParen);
  stack_.take(mark, node, arena_);
  return node;
}

Node* Parser::parse_predicate() {
  Node* node = make(NodeKind::kPredicate, token_.offset);
  ++predicates_;
  if (accept(Symbol::kOpenBrace)) {
    node->first = parse_sequence();
    expect(Symbol::kCloseBrace);
  } else {
    node->first = parse_expression(0);
    if (at(Symbol::kSemicolon)) fail("wrap predicate with brackets { and }");
  }
  --predicates_;
  return node;
}

}  // namespace fas::expr
