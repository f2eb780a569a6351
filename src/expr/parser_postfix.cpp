// What follows an operand: members, indexes, slices.
#include "expr/parsing.h"

namespace fas::expr {
namespace {

// Within a chain the next link goes inside, so that a nil found by one ?. skips all that follow.
Node* unchain(Node* node) { return node->is(NodeKind::kChain) ? node->first : node; }

}  // namespace

Node* Parser::chain(Node* node, bool needed) {
  if (!needed) return node;
  Node* result = make(NodeKind::kChain, node->offset);
  result->first = node;
  return result;
}

Node* Parser::parse_postfix(Node* node) {
  while (at(Symbol::kDot) || at(Symbol::kOptionalDot) || at(Symbol::kOpenBracket)) {
    const bool optional = at(Symbol::kOptionalDot);
    if (!at(Symbol::kOpenBracket)) {
      next();
      if (!(optional && at(Symbol::kOpenBracket))) {
        node = parse_property(node, optional);
        continue;
      }
    }
    node = parse_index(node, optional);
  }
  return node;
}

Node* Parser::parse_property(Node* object, bool optional) {
  const Token property = token_;
  next();
  const bool word = property.kind == TokenKind::kOperator && !property.text.empty() && property.text.front() >= 'a' &&
                    property.text.front() <= 'z';
  if (property.kind != TokenKind::kIdentifier && !word) fail("expected name");
  const bool chained = object->is(NodeKind::kChain);
  Node* node = make(NodeKind::kMember, property.offset);
  node->first = unchain(object);
  node->second = make_constant(Value::string(property.text), property.offset);
  node->optional = optional;
  if (at(Symbol::kOpenParen)) {
    node->method = true;
    Node* call = make(NodeKind::kCall, property.offset);
    call->first = node;
    parse_arguments(call, nullptr);
    node = call;
  }
  return chain(node, chained || optional);
}

// [index], [from:to], [from:], [:to], [:]
Node* Parser::parse_index(Node* object, bool optional) {
  const std::uint32_t offset = token_.offset;
  expect(Symbol::kOpenBracket);
  Node* from = nullptr;
  if (!at(Symbol::kColon)) {
    from = parse_expression(0);
    if (accept(Symbol::kCloseBracket)) {
      const bool chained = object->is(NodeKind::kChain);
      Node* node = make(NodeKind::kMember, offset);
      node->first = unchain(object);
      node->second = from;
      node->optional = optional;
      return chain(node, chained || optional);
    }
  }
  expect(Symbol::kColon);
  Node* to = nullptr;
  if (!at(Symbol::kCloseBracket)) to = parse_expression(0);
  expect(Symbol::kCloseBracket);
  Node* node = make(NodeKind::kSlice, offset);
  node->first = object;
  node->second = from;
  node->third = to;
  return node;
}

}  // namespace fas::expr
