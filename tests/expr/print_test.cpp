// The printed tree of an expression is an expression of the same tree and value.
#include <gtest/gtest.h>

#include <optional>

#include "expr/arena.h"
#include "expr/ast.h"
#include "expr/failure.h"
#include "expr/lexer.h"
#include "expr/parser.h"
#include "tools/expr_cases.h"

namespace fas::expr {
namespace {

// nullopt for what does not parse.
std::optional<std::string> reprint(std::string_view source) {
  try {
    Arena arena;
    Lexer lexer(source, arena);
    return print(*parse(lexer, arena, ParserLimits{}));
  } catch (const CompileFailure&) {
    return std::nullopt;
  }
}

TEST(Print, WritesEveryKindOfNode) {
  const struct {
    const char* source;
    const char* printed;
  } cases[] = {
      {"1 + 2 * 3", "(1 + (2 * 3))"},
      {"-x ** 2", "(-(x ** 2))"},
      {"not a in b", "((not a) in b)"},
      {"a not in b", "(not (a in b))"},
      {"1 < x <= 3", "(1 < x <= 3)"},
      {"a ?: b ?: c", "(a ?: (b ?: c))"},
      {"if a { b } else { c }", "(a ? b : c)"},
      {"a?.b.c[0]?.[\"d e\"]", "a?.b.c[0]?.[\"d e\"]"},
      {"a[1:-1][:2]", "a[1:(-1)][:2]"},
      {"a.f(1, 2)", "a.f(1, 2)"},
      {"x | map(# + #index) | len()", "len(map(x, {(# + #index)}))"},
      {"filter(q, .value > 1)", "filter(q, {(#.value > 1)})"},
      {"let x = 1; x; 2", "(let x = 1; (x; 2))"},
      {"[1, 2.0, 1e21, \"a\\n\\\"\", nil, true]", "[1, 2.0, 1e+21, \"a\\u000a\\\"\", nil, true]"},
      {"{a: 1, (\"b\" + c): 2}", "{\"a\": 1, ((\"b\" + c)): 2}"},
      {"b\"\\x00a\"", "b\"\\x00\\x61\""},
      {"$env[\"x\"] ?? 1", "($env.x ?? 1)"},
  };
  for (const auto& c : cases) {
    const auto printed = reprint(c.source);
    ASSERT_TRUE(printed.has_value()) << c.source;
    EXPECT_EQ(*printed, c.printed);
  }
}

TEST(Print, OfEveryCaseIsTheSameTreeAndValue) {
  const std::filesystem::path paths[] = {FAS_SOURCE_DIR "/tests/conformance/expr"};
  const auto cases = tools::ExprCases::load(paths);
  ASSERT_TRUE(cases) << cases.error().message;
  Machine machine;
  int printed_cases = 0;
  for (const auto& subject : cases->cases()) {
    const auto printed = reprint(subject.source);
    if (!printed) continue;
    ++printed_cases;
    ASSERT_EQ(reprint(*printed), printed) << subject.source;
    if (!subject.plain.contains("value")) continue;
    auto again = subject;
    again.source = *printed;
    const auto got = tools::evaluate(again, cases->environment(subject.environment), false, machine);
    EXPECT_TRUE(tools::same_outcome(subject.plain, got))
        << subject.source << "\nprinted " << *printed << "\ngot " << got;
  }
  EXPECT_GT(printed_cases, 4000);
}

}  // namespace
}  // namespace fas::expr
