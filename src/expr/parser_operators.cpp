// Operators with one operand on each side, in the order of their precedence, and ? :
#include <fmt/format.h>

#include "expr/parsing.h"

namespace fas::expr {
namespace {

[[noreturn]] void fail_mixed(const Token& operation) {
  // In two pieces, because three signs in a row could be one of C's old spellings.
  constexpr std::string_view kMessage =
      "Operator ({}) and coalesce expressions (?"
      "?) cannot be mixed. Wrap either by parentheses.";
  throw CompileFailure{operation.offset, fmt::format(kMessage, operation.text)};
}

}  // namespace

Node* Parser::parse_expression(int precedence) {
  const Nested nested(*this);
  if (precedence == 0) {
    if (at(Symbol::kLet)) return parse_let();
    if (at(Symbol::kIf)) return parse_if();
  }
  Node* left = parse_primary();
  Symbol previous = Symbol::kNone;
  while (token_.kind == TokenKind::kOperator) {
    const std::uint32_t offset = token_.offset;
    const bool negated = at(Symbol::kNot);
    if (negated && !pass_not(precedence)) break;
    const Token operation = token_;
    const BinaryOperator* binary = find_binary(operation.symbol);
    if (binary == nullptr || binary->precedence < precedence) break;
    next();
    if (operation.symbol == Symbol::kPipe) {
      left = parse_pipe(left);
    } else {
      if (previous == Symbol::kCoalesce && operation.symbol != Symbol::kCoalesce) fail_mixed(operation);
      left = binary->comparison ? parse_comparison(left, operation, binary->precedence)
                                : parse_operation(left, operation, *binary);
      if (negated) left = make_unary(Symbol::kNot, left, offset);
    }
    previous = operation.symbol;
  }
  if (precedence == 0) left = parse_conditional(left);
  return left;
}

// From "not" to the operator that it negates; false where that binds too loosely. What follows "not" tells, and is kept
// for the outer level.
bool Parser::pass_not(int precedence) {
  if (!negatable_.has_value()) {
    negatable_ = lexer_.next();
    const BinaryOperator* after = find_binary(negatable_->symbol);
    if (after == nullptr || !after->negatable) {
      token_ = *negatable_;
      unexpected();
    }
  }
  if (find_binary(negatable_->symbol)->precedence < precedence) return false;
  token_ = *negatable_;
  negatable_.reset();
  return true;
}

Node* Parser::parse_operation(Node* left, const Token& operation, const BinaryOperator& binary) {
  Node* right = parse_expression(binary.right_associative ? binary.precedence : binary.precedence + 1);
  return make_binary(operation.symbol, left, right, operation.offset);
}

// a < b < c means a < b && b < c, with b computed once.
Node* Parser::parse_comparison(Node* left, Token operation, int precedence) {
  Node* chain = nullptr;
  for (;;) {
    Node* right = parse_expression(precedence + 1);
    const Token following = token_;
    const BinaryOperator* binary = find_binary(following.symbol);
    const bool chained = following.kind == TokenKind::kOperator && binary != nullptr && binary->comparison;
    if (chained) right = keep(right);
    Node* comparison = make_binary(operation.symbol, left, right, operation.offset);
    chain = chain == nullptr ? comparison : make_binary(Symbol::kAndSign, chain, comparison, operation.offset);
    if (!chained) return chain;
    left = kept(right);
    operation = following;
    next();
  }
}

// left | name(arguments)
Node* Parser::parse_pipe(Node* left) {
  const Token name = token_;
  if (name.kind != TokenKind::kIdentifier) unexpected();
  next();
  return parse_call(name, left);
}

// condition ? yes : no, condition ?: no
Node* Parser::parse_conditional(Node* node) {
  while (at(Symbol::kQuestion)) {
    next();
    Node* yes = nullptr;
    if (at(Symbol::kColon)) {
      node = keep(node);
      yes = kept(node);
    } else {
      yes = parse_expression(0);
    }
    expect(Symbol::kColon);
    Node* no = parse_expression(0);
    node = make_conditional(node, yes, no);
  }
  return node;
}

}  // namespace fas::expr
