#include "expr/parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "expr/failure.h"
#include "expr/literal.h"
#include "expr/operators.h"

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

// A list that grows on a shared stack and is copied to the arena once its length is known.
class NodeStack {
 public:
  std::size_t mark() const { return nodes_.size(); }
  void push(Node* node) { nodes_.push_back(node); }
  void take(std::size_t mark, Node* into, Arena& arena) {
    const std::size_t count = nodes_.size() - mark;
    into->count = static_cast<std::uint32_t>(count);
    if (count > 0) {
      into->list = arena.array<Node*>(count).data();
      std::copy_n(nodes_.data() + mark, count, into->list);
    }
    nodes_.resize(mark);
  }
  std::size_t size_since(std::size_t mark) const { return nodes_.size() - mark; }
  void clear() { nodes_.clear(); }

 private:
  std::vector<Node*> nodes_;
};

class Parser {
 public:
  Parser(Lexer& lexer, Arena& arena, const ParserLimits& limits, NodeStack& stack)
      : lexer_(lexer), token_(lexer.next()), arena_(arena), limits_(limits), stack_(stack) {}

  Node* run() {
    Node* node = parse_sequence();
    if (token_.kind != TokenKind::kEnd) unexpected();
    return node;
  }

 private:
  // Counts how deep the text is nested while a rule is at work.
  class Nested {
   public:
    explicit Nested(Parser& parser) : parser_(parser) {
      if (++parser_.nesting_ > parser_.limits_.nesting) {
        parser_.fail("nested too deeply; split the expression with let");
      }
    }
    ~Nested() { --parser_.nesting_; }
    Nested(const Nested&) = delete;
    Nested& operator=(const Nested&) = delete;

   private:
    Parser& parser_;
  };

  [[noreturn]] void fail(std::string message) const { throw CompileFailure{token_.offset, std::move(message)}; }
  [[noreturn]] void unexpected() const { fail("unexpected token " + describe(token_)); }

  bool at(Symbol symbol) const { return token_.symbol == symbol; }
  void next() {
    if (token_.kind == TokenKind::kEnd) fail("unexpected end of expression");
    token_ = lexer_.next();
  }
  void expect(Symbol symbol) {
    if (!at(symbol)) unexpected();
    next();
  }
  bool accept(Symbol symbol) {
    if (!at(symbol)) return false;
    next();
    return true;
  }

  Node* make(NodeKind kind, std::uint32_t offset) {
    if (++nodes_ > limits_.nodes) {
      fail(fmt::format("the expression is too large: more than {} operations and values", limits_.nodes));
    }
    Node* node = arena_.make<Node>();
    node->kind = kind;
    node->offset = offset;
    return node;
  }
  Node* make_constant(Value value, std::uint32_t offset) {
    Node* node = make(NodeKind::kConstant, offset);
    node->value = value;
    return node;
  }

  // expression ; expression ; ...
  Node* parse_sequence() {
    const std::size_t mark = stack_.mark();
    const std::uint32_t offset = token_.offset;
    Node* node = parse_expression(0);
    if (!at(Symbol::kSemicolon)) return node;
    stack_.push(node);
    while (accept(Symbol::kSemicolon)) {
      if (token_.kind == TokenKind::kEnd) break;  // the text may end with a semicolon
      stack_.push(parse_expression(0));
    }
    if (stack_.size_since(mark) == 1) {
      stack_.take(mark, make(NodeKind::kSequence, offset), arena_);
      return node;
    }
    Node* sequence = make(NodeKind::kSequence, offset);
    stack_.take(mark, sequence, arena_);
    return sequence;
  }

  // let name = value; rest
  Node* parse_let() {
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
  Node* parse_if() {
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
    // Its place is behind it, as in the reference.
    Node* node = make(NodeKind::kConditional, token_.offset);
    node->first = condition;
    node->second = yes;
    node->third = no;
    return node;
  }

  Node* parse_expression(int precedence) {
    const Nested nested(*this);
    if (precedence == 0) {
      if (at(Symbol::kLet)) return parse_let();
      if (at(Symbol::kIf)) return parse_if();
    }
    Node* left = parse_primary();
    Symbol previous = Symbol::kNone;
    while (token_.kind == TokenKind::kOperator) {
      // What "not" negates tells whether it belongs here; it is looked at once and kept for the outer level.
      const bool negated = at(Symbol::kNot);
      const std::uint32_t negation = token_.offset;
      if (negated && !negatable_.has_value()) {
        negatable_ = lexer_.next();
        const BinaryOperator* after = find_binary(negatable_->symbol);
        if (after == nullptr || !after->negatable) {
          token_ = *negatable_;
          unexpected();
        }
      }
      if (negated) {
        if (find_binary(negatable_->symbol)->precedence < precedence) break;
        token_ = *negatable_;
        negatable_.reset();
      }
      const Token operation = token_;
      const BinaryOperator* binary = find_binary(operation.symbol);
      if (binary == nullptr || binary->precedence < precedence) break;
      next();
      if (operation.symbol == Symbol::kPipe) {
        left = parse_pipe(left);
      } else {
        if (previous == Symbol::kCoalesce && operation.symbol != Symbol::kCoalesce) {
          fail_at(operation.offset, fmt::format("Operator ({}) and coalesce expressions (?"
                                                "?) cannot be mixed. "
                                                "Wrap either by parentheses.",
                                                operation.text));
        }
        left = binary->comparison ? parse_comparison(left, operation, binary->precedence)
                                  : parse_operation(left, operation, *binary);
        if (negated) left = make_unary(Symbol::kNot, left, negation);
      }
      previous = operation.symbol;
    }
    if (precedence == 0) left = parse_conditional(left);
    return left;
  }

  [[noreturn]] static void fail_at(std::uint32_t offset, std::string message) {
    throw CompileFailure{offset, std::move(message)};
  }

  Node* make_unary(Symbol symbol, Node* operand, std::uint32_t offset) {
    Node* node = make(NodeKind::kUnary, offset);
    node->symbol = symbol;
    node->first = operand;
    return node;
  }

  Node* make_binary(Symbol symbol, Node* left, Node* right, std::uint32_t offset) {
    Node* node = make(NodeKind::kBinary, offset);
    node->symbol = symbol;
    node->first = left;
    node->second = right;
    return node;
  }

  Node* parse_operation(Node* left, const Token& operation, const BinaryOperator& binary) {
    Node* right = parse_expression(binary.right_associative ? binary.precedence : binary.precedence + 1);
    return make_binary(operation.symbol, left, right, operation.offset);
  }

  // a < b < c means a < b && b < c, with b computed once.
  Node* parse_comparison(Node* left, Token operation, int precedence) {
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

  Node* keep(Node* node) {
    Node* result = make(NodeKind::kKeep, node->offset);
    result->first = node;
    return result;
  }
  Node* kept(Node* keeper) {
    Node* result = make(NodeKind::kKept, keeper->offset);
    result->first = keeper;
    return result;
  }

  // left | name(arguments)
  Node* parse_pipe(Node* left) {
    const Token name = token_;
    if (name.kind != TokenKind::kIdentifier) unexpected();
    next();
    return parse_call(name, left);
  }

  // condition ? yes : no, condition ?: no
  Node* parse_conditional(Node* node) {
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
      Node* conditional = make(NodeKind::kConditional, token_.offset);
      conditional->first = node;
      conditional->second = yes;
      conditional->third = no;
      node = conditional;
    }
    return node;
  }

  Node* parse_primary() {
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
  Node* parse_pointer() {
    Node* node = make(NodeKind::kPointer, token_.offset);
    if (accept(Symbol::kHash) && token_.kind == TokenKind::kIdentifier) {
      node->name = token_.text;
      next();
    }
    return parse_postfix(node);
  }

  Node* parse_secondary() {
    const Token token = token_;
    switch (token.kind) {
      case TokenKind::kIdentifier:
        next();
        return is_literal_word(token.text) ? make_literal(token) : parse_postfix(parse_name(token));
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

  // Numbers and these words take no member or index.
  static bool is_literal_word(std::string_view text) { return text == "true" || text == "false" || text == "nil"; }
  Node* make_literal(const Token& token) {
    return make_constant(token.text == "nil" ? Value::nil() : Value::boolean(token.text == "true"), token.offset);
  }

  Node* parse_name(const Token& token) {
    if (at(Symbol::kOpenParen)) return parse_call(token, nullptr);
    return make_name(token);
  }

  Node* make_name(const Token& token) {
    Node* node = make(NodeKind::kName, token.offset);
    node->name = token.text;
    return node;
  }

  // name(arguments), `piped` being the first when there is one.
  Node* parse_call(const Token& name, Node* piped) {
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

  void parse_arguments(Node* into, Node* piped) {
    const std::size_t mark = stack_.mark();
    if (piped != nullptr) stack_.push(piped);
    expect(Symbol::kOpenParen);
    for (bool first = true; !at(Symbol::kCloseParen); first = false) {
      if (!first) expect(Symbol::kComma);
      if (at(Symbol::kCloseParen)) break;
      stack_.push(parse_expression(0));
    }
    expect(Symbol::kCloseParen);
    stack_.take(mark, into, arena_);
  }

  Node* parse_loop(const Token& name, Loop loop, Node* piped) {
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

  Node* parse_predicate() {
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

  Node* parse_array() {
    Node* node = make(NodeKind::kArray, token_.offset);
    const std::size_t mark = stack_.mark();
    expect(Symbol::kOpenBracket);
    for (bool first = true; !at(Symbol::kCloseBracket); first = false) {
      if (!first) expect(Symbol::kComma);
      if (at(Symbol::kCloseBracket)) break;
      stack_.push(parse_expression(0));
    }
    expect(Symbol::kCloseBracket);
    stack_.take(mark, node, arena_);
    return node;
  }

  Node* parse_map() {
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

  Node* parse_key() {
    const Token token = token_;
    if (token.kind == TokenKind::kNumber || token.kind == TokenKind::kString || token.kind == TokenKind::kIdentifier) {
      next();
      return make_constant(Value::string(token.text), token.offset);
    }
    if (at(Symbol::kOpenParen)) return parse_expression(0);
    fail(
        "a map key must be a quoted string, a number, a identifier, or an expression enclosed in parentheses "
        "(unexpected token " +
        describe(token) + ")");
  }

  Node* parse_postfix(Node* node) {
    while (at(Symbol::kDot) || at(Symbol::kOptionalDot) || at(Symbol::kOpenBracket)) {
      const bool optional = at(Symbol::kOptionalDot);
      const std::uint32_t offset = token_.offset;
      if (!at(Symbol::kOpenBracket)) {
        next();
        if (!(optional && at(Symbol::kOpenBracket))) {
          node = parse_property(node, optional);
          continue;
        }
      }
      node = parse_index(node, optional, token_.offset == offset ? offset : token_.offset);
    }
    return node;
  }

  // Within a chain the next link goes inside, so that a nil found by one ?. skips all that follow.
  static Node* unchain(Node* node) { return node->is(NodeKind::kChain) ? node->first : node; }
  Node* chain(Node* node, bool needed) {
    if (!needed) return node;
    Node* result = make(NodeKind::kChain, node->offset);
    result->first = node;
    return result;
  }

  Node* parse_property(Node* object, bool optional) {
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
  Node* parse_index(Node* object, bool optional, std::uint32_t offset) {
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

  Lexer& lexer_;
  Token token_;
  std::optional<Token> negatable_;  // the token behind a "not" that is the current one
  Arena& arena_;
  ParserLimits limits_;
  NodeStack& stack_;
  std::uint32_t nodes_ = 0;
  std::uint32_t nesting_ = 0;
  int predicates_ = 0;
};

}  // namespace

Node* parse(Lexer& lexer, Arena& arena, const ParserLimits& limits) {
  thread_local NodeStack stack;
  stack.clear();
  return Parser(lexer, arena, limits, stack).run();
}

}  // namespace fas::expr
