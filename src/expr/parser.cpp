#include "expr/parser.h"

#include <fmt/format.h>

#include "expr/literal.h"
#include "expr/parsing.h"

namespace fas::expr {
namespace {

// Numbers and these words take no member or index.
bool is_literal_word(std::string_view text) { return text == "true" || text == "false" || text == "nil"; }
Value literal_of(std::string_view word) { return word == "nil" ? Value::nil() : Value::boolean(word == "true"); }

}  // namespace

Node* Parser::run() {
  Node* node = parse_sequence();
  if (token_.kind != TokenKind::kEnd) unexpected();
  return node;
}

void Parser::next() {
  if (token_.kind == TokenKind::kEnd) fail("unexpected end of expression");
  token_ = lexer_.next();
}

void Parser::expect(Symbol symbol) {
  if (!at(symbol)) unexpected();
  next();
}

bool Parser::accept(Symbol symbol) {
  if (!at(symbol)) return false;
  next();
  return true;
}

Node* Parser::make(NodeKind kind, std::uint32_t offset) {
  if (++nodes_ > limits_.nodes) {
    fail(fmt::format("the expression is too large: more than {} operations and values", limits_.nodes));
  }
  Node* node = arena_.make<Node>();
  node->kind = kind;
  node->offset = offset;
  return node;
}

Node* Parser::make_constant(Value value, std::uint32_t offset) {
  Node* node = make(NodeKind::kConstant, offset);
  node->value = value;
  return node;
}

Node* Parser::make_name(const Token& token) {
  Node* node = make(NodeKind::kName, token.offset);
  node->name = token.text;
  return node;
}

Node* Parser::make_unary(Symbol symbol, Node* operand, std::uint32_t offset) {
  Node* node = make(NodeKind::kUnary, offset);
  node->symbol = symbol;
  node->first = operand;
  return node;
}

Node* Parser::make_binary(Symbol symbol, Node* left, Node* right, std::uint32_t offset) {
  Node* node = make(NodeKind::kBinary, offset);
  node->symbol = symbol;
  node->first = left;
  node->second = right;
  return node;
}

// Its place is behind it, as in the reference.
Node* Parser::make_conditional(Node* condition, Node* yes, Node* no) {
  Node* node = make(NodeKind::kConditional, token_.offset);
  node->first = condition;
  node->second = yes;
  node->third = no;
  return node;
}

Node* Parser::keep(Node* node) {
  Node* result = make(NodeKind::kKeep, node->offset);
  result->first = node;
  return result;
}

Node* Parser::kept(Node* keeper) {
  Node* result = make(NodeKind::kKept, keeper->offset);
  result->first = keeper;
  return result;
}

// expression ; expression ; ...
Node* Parser::parse_sequence() {
  const std::size_t mark = stack_.mark();
  const std::uint32_t offset = token_.offset;
  Node* node = parse_expression(0);
  if (!at(Symbol::kSemicolon)) return node;
  stack_.push(node);
  while (accept(Symbol::kSemicolon)) {
    if (token_.kind == TokenKind::kEnd) break;  // the text may end with a semicolon
    stack_.push(parse_expression(0));
  }
  Node* sequence = make(NodeKind::kSequence, offset);
  stack_.take(mark, sequence, arena_);
  return sequence->count == 1 ? node : sequence;
}

// let name = value; rest
Node* Parser::parse_let() {
  next();
  const Token name = token_;
  if (name.kind != TokenKind::kIdentifier) unexpected();
  next();
  if (token_.kind != TokenKind::kOperator || token_.text != "=") unexpected();
  next();
  Node* value = parse_expression(0);
  expect(Symbol::kSemicolon);
  Node* node = make(NodeKind::kLet, name.offset);
  node->name = name.text;
  node->first = value;
  node->second = parse_sequence();
  return node;
}

// if condition { ... } else { ... }, or else if ...
Node* Parser::parse_if() {
  const Nested nested(*this);
  next();
  Node* condition = parse_expression(0);
  expect(Symbol::kOpenBrace);
  Node* yes = parse_sequence();
  expect(Symbol::kCloseBrace);
  expect(Symbol::kElse);
  Node* no = nullptr;
  if (at(Symbol::kIf)) {
    no = parse_if();
  } else {
    expect(Symbol::kOpenBrace);
    no = parse_sequence();
    expect(Symbol::kCloseBrace);
  }
  return make_conditional(condition, yes, no);
}

Node* Parser::parse_primary() {
  const Token token = token_;
  if (token.kind == TokenKind::kOperator) {
    if (const int precedence = unary_precedence(token.symbol); precedence >= 0) {
      next();
      Node* operand = parse_expression(precedence);
      return parse_postfix(make_unary(token.symbol, operand, token.offset));
    }
  }
  if (at(Symbol::kOpenParen)) {
    next();
    Node* node = parse_sequence();
    expect(Symbol::kCloseParen);
    return parse_postfix(node);
  }
  if (predicates_ > 0 && (at(Symbol::kHash) || at(Symbol::kDot))) return parse_pointer();
  if (accept(Symbol::kDoubleColon)) {
    const Token name = token_;
    if (name.kind != TokenKind::kIdentifier) unexpected();
    next();
    return parse_postfix(parse_call(name, nullptr));
  }
  return parse_secondary();
}

// # or #name; with .field the # may be left out.
Node* Parser::parse_pointer() {
  Node* node = make(NodeKind::kPointer, token_.offset);
  if (accept(Symbol::kHash) && token_.kind == TokenKind::kIdentifier) {
    node->name = token_.text;
    next();
  }
  return parse_postfix(node);
}

Node* Parser::parse_secondary() {
  const Token token = token_;
  switch (token.kind) {
    case TokenKind::kIdentifier:
      next();
      if (is_literal_word(token.text)) return make_constant(literal_of(token.text), token.offset);
      return parse_postfix(at(Symbol::kOpenParen) ? parse_call(token, nullptr) : make_name(token));
    case TokenKind::kNumber: {
      next();
      return make_constant(parse_number_literal(token.text, token_.offset), token.offset);
    }
    case TokenKind::kString: next(); return parse_postfix(make_constant(Value::string(token.text), token.offset));
    case TokenKind::kBytes: next(); return parse_postfix(make_constant(Value::bytes(token.text), token.offset));
    default: break;
  }
  if (at(Symbol::kOpenBracket)) return parse_postfix(parse_array());
  if (at(Symbol::kOpenBrace)) return parse_postfix(parse_map());
  unexpected();
}

// Pushes expressions with commas between them, perhaps one behind, up to and with the closing sign.
void Parser::parse_items(Symbol close) {
  for (bool first = true; !at(close); first = false) {
    if (!first) expect(Symbol::kComma);
    if (at(close)) break;
    stack_.push(parse_expression(0));
  }
  expect(close);
}

Node* Parser::parse_array() {
  Node* node = make(NodeKind::kArray, token_.offset);
  const std::size_t mark = stack_.mark();
  expect(Symbol::kOpenBracket);
  parse_items(Symbol::kCloseBracket);
  stack_.take(mark, node, arena_);
  return node;
}

Node* Parser::parse_map() {
  Node* node = make(NodeKind::kMap, token_.offset);
  const std::size_t mark = stack_.mark();
  expect(Symbol::kOpenBrace);
  for (bool first = true; !at(Symbol::kCloseBrace); first = false) {
    if (!first) expect(Symbol::kComma);
    if (at(Symbol::kCloseBrace)) break;
    if (!first && at(Symbol::kComma)) unexpected();
    stack_.push(parse_key());
    expect(Symbol::kColon);
    stack_.push(parse_expression(0));
  }
  expect(Symbol::kCloseBrace);
  stack_.take(mark, node, arena_);
  return node;
}

Node* Parser::parse_key() {
  const Token token = token_;
  if (token.kind == TokenKind::kNumber || token.kind == TokenKind::kString || token.kind == TokenKind::kIdentifier) {
    next();
    return make_constant(Value::string(token.text), token.offset);
  }
  if (at(Symbol::kOpenParen)) return parse_expression(0);
  fail(
      "a map key must be a quoted string, a number, an identifier, or an expression enclosed in parentheses "
      "(unexpected token " +
      describe(token) + ")");
}

Node* parse(Lexer& lexer, Arena& arena, const ParserLimits& limits) {
  thread_local NodeStack stack;
  stack.clear();
  return Parser(lexer, arena, limits, stack).run();
}

}  // namespace fas::expr
