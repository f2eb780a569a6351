#include "tools/expr_attacks.h"

#include <fmt/format.h>

namespace fas::tools {
namespace {

std::string times(std::size_t count, std::string_view text) {
  std::string out;
  out.reserve(count * text.size());
  for (std::size_t i = 0; i < count; ++i) out += text;
  return out;
}

// let a = [1]; let b = [a, a]; ...: `levels` doublings of one value that share their memory.
std::string doubled(int levels, const std::string& use, const std::string& first = "[1]") {
  std::string out = "let v0 = " + first + "; ";
  for (int i = 1; i <= levels; ++i) {
    out += fmt::format("let v{} = [v{}, v{}]; ", i, i - 1, i - 1);
  }
  return out + use + "(v" + std::to_string(levels) + ")";
}

const std::string kDeepArray = "reduce(1..300000, [#acc], 0)";
const std::string kDeepMap = "reduce(1..300000, {a: #acc}, 0)";

}  // namespace

const std::vector<ExprAttack>& syntax_attacks() {
  static const std::vector<ExprAttack> attacks = {
      {"Parentheses", times(100'000, "(")},
      {"ClosedParentheses", times(100'000, "(") + "1" + times(100'000, ")")},
      {"Brackets", times(100'000, "[") + times(100'000, "]")},
      {"Braces", times(100'000, "{a:")},
      {"Calls", times(100'000, "len(")},
      {"Indexes", "any" + times(100'000, "[any")},
      {"Minuses", times(100'000, "-") + "1"},
      {"Nots", times(100'000, "not ") + "true"},
      {"Sum", times(200'000, "1+") + "1"},
      {"Powers", times(100'000, "2**") + "1"},
      {"Coalesces", times(100'000, "any??") + "1"},
      {"Conditionals", times(100'000, "true?1:") + "1"},
      {"NestedConditionals", times(100'000, "true?") + "1"},
      {"Ifs", times(50'000, "if true {")},
      {"Elses", times(30'000, "if false {1} else ") + "{1}"},
      {"Lets", times(50'000, "let a=1;") + "a"},
      {"Members", "any" + times(200'000, ".a")},
      {"OptionalMembers", "any" + times(200'000, "?.a")},
      {"Pipes", "1" + times(100'000, "|abs()")},
      {"Predicates", times(20'000, "map(1..2,{") + "1"},
      {"Commas", "[" + times(300'000, "1,") + "1]"},
      {"MapEntries", "{" + times(100'000, "a:1,") + "a:1}"},
      {"Comparisons", "1" + times(100'000, "<1")},
      {"LongName", times(1'000'000, "a")},
      {"LongNumber", times(1'000'000, "9")},
      {"LongSource", "\"" + times(2'000'000, "a") + "\""},
      {"UnclosedString", "\"" + times(500'000, "\\n")},
      {"UnclosedComment", "/*" + times(500'000, "*")},
      {"OperatorSigns", times(500'000, "+")},
      {"Bytes", times(300'000, "\xff\xfe\x01")},
      {"Nuls", std::string(500'000, '\0')},
      {"Semicolons", times(300'000, ";")},
      {"Hashes", times(300'000, "#")},
  };
  return attacks;
}

const std::vector<ExprAttack>& run_attacks() {
  static const std::vector<ExprAttack> attacks = {
      {"Range", "1..9223372036854775807"},
      {"NegativeRange", "len(-9223372036854775807..9223372036854775807)"},
      {"NestedRanges", "map(1..900000, 1..900000)"},
      {"NestedLoops", "count(1..900000, count(1..900000, # > 0) > 0)"},
      {"NestedSums", "sum(map(1..900000, sum(map(1..900000, # * x))))"},
      {"GrowingText", "reduce(1..900000, #acc + #acc, \"aaaaaaaa\")"},
      {"GrowingArray", "reduce(1..60, concat(#acc, #acc), [1])"},
      {"Repeat", "repeat(\"a\", 9223372036854775807)"},
      {"RepeatRepeat", "repeat(repeat(\"a\", 900000), 900000)"},
      {"Replace", "replace(repeat(\"a\", 900000), \"\", repeat(\"b\", 900000))"},
      {"Join", "join(map(1..900, repeat(\"a\", 1000)), repeat(\"b\", 900000))"},
      {"Regex", "string(any) matches \"((a{100}){100}){100}\""},
      {"RegexBrackets", "string(any) matches \"" + times(100'000, "(") + "\""},
      {"DynamicRegex", "string(any) matches repeat(\"(\", 100000)"},
      {"JsonDepth", "fromJSON(repeat(\"[\", 900000))"},
      {"JsonOfDeepArray", "toJSON(" + kDeepArray + ")"},
      {"JsonOfDeepMap", "toJSON(" + kDeepMap + ")"},
      {"TextOfDeepArray", "string(" + kDeepArray + ")"},
      {"EqualDeepArrays", kDeepArray + " == " + kDeepArray},
      {"EqualDeepMaps", kDeepMap + " == " + kDeepMap},
      {"DeepArrayInArray", kDeepArray + " in [" + kDeepArray + "]"},
      {"FlattenDeepArray", "flatten(" + kDeepArray + ")"},
      {"UniqDeepArrays", "uniq([" + kDeepArray + ", " + kDeepArray + "])"},
      {"MeanOfDeepArray", "mean(" + kDeepArray + ")"},
      {"JsonOfDoubledArray", doubled(40, "toJSON")},
      {"TextOfDoubledArray", doubled(40, "string")},
      {"FlattenDoubledArray", doubled(40, "flatten")},
      {"FlattenDoubledNothing", doubled(40, "flatten", "[]")},
      {"EqualDoubledNothing", doubled(40, "[v39, v39] == ", "[]")},
      {"SumOfDoubledArray", doubled(40, "sum")},
      {"EqualDoubledArrays", doubled(40, "(v40 == [v39, v39]) && toJSON")},
      {"Date", "date(repeat(\"9\", 900000))"},
      {"DateLayout", "date(\"x\", repeat(\"January\", 100000))"},
      {"Duration", "duration(repeat(\"9h\", 400000))"},
      {"Base64", "fromBase64(repeat(\"!\", 900000))"},
      {"SortMixed", "sort(map(1..900000, # % 2 == 0 ? \"a\" : 1))"},
      {"GroupByLoops", "groupBy(1..900000, reduce(1..900000, #acc + #))"},
  };
  return attacks;
}

std::optional<expr::Diagnostic> attack(const ExprAttack& attack) {
  expr::Schema schema;
  schema.add("x", expr::TypeKind::kFloat);
  schema.add("any", expr::Type::any());
  const expr::Value slots[] = {expr::Value::number(1), expr::Value::integer(7)};
  const auto program = expr::compile(attack.source, schema);
  if (!program) return program.error();
  expr::Machine machine;
  const auto value = machine.run(*program, slots);
  if (!value) return value.error();
  return std::nullopt;
}

}  // namespace fas::tools
