// The class behind parse(): a method for each rule of the grammar. Statements and primaries are in parser.cpp, the rest
// in parser_*.cpp.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "expr/failure.h"
#include "expr/operators.h"
#include "expr/parser.h"

namespace fas::expr {

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
  void clear() { nodes_.clear(); }

 private:
  std::vector<Node*> nodes_;
};

class Parser {
 public:
  Parser(Lexer& lexer, Arena& arena, const ParserLimits& limits, NodeStack& stack)
      : lexer_(lexer), token_(lexer.next()), arena_(arena), limits_(limits), stack_(stack) {}

  Node* run();

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

  Node* parse_sequence();
  Node* parse_let();
  Node* parse_if();
  Node* parse_primary();
  Node* parse_pointer();
  Node* parse_secondary();
  Node* parse_array();
  Node* parse_map();
  Node* parse_key();
  void parse_items(Symbol close);

  // parser_operators.cpp
  Node* parse_expression(int precedence);
  bool pass_not(int precedence);
  Node* parse_operation(Node* left, const Token& operation, const BinaryOperator& binary);
  Node* parse_comparison(Node* left, Token operation, int precedence);
  Node* parse_pipe(Node* left);
  Node* parse_conditional(Node* node);

  // parser_calls.cpp
  Node* parse_call(const Token& name, Node* piped);
  void parse_arguments(Node* into, Node* piped);
  Node* parse_loop(const Token& name, Loop loop, Node* piped);
  Node* parse_predicate();

  // parser_postfix.cpp
  Node* parse_postfix(Node* node);
  Node* parse_property(Node* object, bool optional);
  Node* parse_index(Node* object, bool optional);

  [[noreturn]] void fail(std::string message) const { throw CompileFailure{token_.offset, std::move(message)}; }
  [[noreturn]] void unexpected() const { fail("unexpected token " + describe(token_)); }
  bool at(Symbol symbol) const { return token_.symbol == symbol; }
  void next();
  void expect(Symbol symbol);
  bool accept(Symbol symbol);

  Node* make(NodeKind kind, std::uint32_t offset);
  Node* make_constant(Value value, std::uint32_t offset);
  Node* make_name(const Token& token);
  Node* make_unary(Symbol symbol, Node* operand, std::uint32_t offset);
  Node* make_binary(Symbol symbol, Node* left, Node* right, std::uint32_t offset);
  Node* make_conditional(Node* condition, Node* yes, Node* no);
  Node* keep(Node* node);
  Node* kept(Node* keeper);
  Node* chain(Node* node, bool needed);

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

}  // namespace fas::expr
