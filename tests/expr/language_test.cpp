// What expressions mean, in small: the conformance cases cover the rest.
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "expr/display.h"
#include "expr/expr.h"
#include "expr/map.h"

namespace fas::expr {
namespace {

class Language : public testing::Test {
 protected:
  Language() {
    add("x", TypeKind::kFloat, Value::number(4));
    add("n", TypeKind::kInt, Value::integer(7));
    add("name", TypeKind::kString, Value::string("mail"));
    add("yes", TypeKind::kBool, Value::boolean(true));
    std::vector<Value> samples;
    for (int i = 0; i < 4; ++i) {
      MapBuilder labels(arena_);
      labels.set("queue", Value::string(i % 2 == 0 ? "mail" : "video"));
      MapBuilder sample(arena_);
      sample.set("labels", labels.finish());
      sample.set("value", Value::number(i * 10));
      samples.push_back(sample.finish());
    }
    add("series", TypeKind::kArray, Value::array(arena_.copy(samples)));
    Schema current;
    current.add("started", TypeKind::kFloat);
    current.add("created", TypeKind::kFloat);
    schema_.add_record("current", std::move(current));
    MapBuilder counts(arena_);
    counts.set("started", Value::number(3));
    counts.set("created", Value::number(5));
    slots_.push_back(counts.finish());
  }

  void add(std::string_view name, Type type, const Value& value) {
    schema_.add(name, type);
    slots_.push_back(value);
  }

  std::expected<double, Diagnostic> number(std::string_view source) {
    const auto program = compile(source, schema_, {.as_float = true});
    if (!program) return std::unexpected(program.error());
    return machine_.run_float(*program, slots_);
  }

  std::string fault(std::string_view source) {
    const auto result = number(source);
    return result ? "no fault" : to_string(result.error());
  }

  Arena arena_;
  Schema schema_;
  std::vector<Value> slots_;
  Machine machine_;
};

struct NumberCase {
  std::string_view source;
  double expected;
};

TEST_F(Language, Numbers) {
  const NumberCase cases[] = {
      {"1 + 2 * 3", 7},
      {"2 ** 3 ** 2", 512},
      {"-2 ^ 2", -4},
      {"7 % 3", 1},
      {"x / 3 > 1 ? 1 : 2", 1},
      {"let per = 10; ceil(41 / per)", 5},
      {"if n > 5 { 1 } else if n > 3 { 2 } else { 3 }", 1},
      {"max(1, x, n)", 7},
      {"min(max(ceil(x / 10), 1), 50)", 1},
      {"sum(filter(series, .value > 5), .value)", 60},
      {"sum(map(filter(series, .labels.queue == 'mail'), .value))", 20},
      {"series | filter(.value >= 10) | len()", 3},
      {"count(series, .value > 10)", 2},
      {"reduce(series, #acc + .value, 100)", 160},
      {"reduce(1..4, #acc * #)", 24},
      {"sortBy(series, -.value)[0].value", 30},
      {"series[-1].value", 30},
      {"len(series[1:3])", 2},
      {"sum(1..100)", 5050},
      {"sum(map(1..3, # * #index))", 8},
      {"nil ?? 5", 5},
      {"series[0]?.missing?.deep ?? 2", 2},
      {"current.started + current.created", 8},
      {"$env.x + $env['n']", 11},
      {"1 < x <= 4 ? 1 : 0", 1},
      {"yes and not (n in [1, 2]) ? 1 : 0", 1},
      {"name matches '^ma[il]+$' ? 1 : 0", 1},
      {"name startsWith 'ma' && name endsWith 'il' ? 1 : 0", 1},
      {"0x1F + 0b11 + 0o17 + 1_000", 1049},
      {"1; 2; 3", 3},
      {"[1, 2.5, 3] | sum()", 6.5},
      {"groupBy(series, .labels.queue).mail | len()", 2},
      {"find(series, .value > 15).value", 20},
  };
  for (const NumberCase& subject : cases) {
    const auto result = number(subject.source);
    ASSERT_TRUE(result) << subject.source << ": " << to_string(result.error());
    EXPECT_EQ(*result, subject.expected) << subject.source;
  }
}

struct FaultCase {
  std::string_view source;
  std::string_view message;
};

TEST_F(Language, FaultsPointAtTheirPlace) {
  const FaultCase cases[] = {
      {"1 + nme", "unknown name nme; did you mean name? (1:5)\n1 + nme\n    ^"},
      {"cei(x)", "unknown name cei; did you mean ceil? (1:1)\ncei(x)\n^"},
      {"current.startd", "unknown field startd; did you mean started? (1:9)\ncurrent.startd\n        ^"},
      {"1 +", "unexpected token EOF (1:3)\n1 +\n  ^"},
      {"x +\n  'é' * n", "invalid operation: * (mismatched types string and int) (2:7)\n  'é' * n\n      ^"},
      {"yes", "expected a number, but got bool"},
      {"0 ?: 3", "non-bool expression (type int) used as condition (1:1)\n0 ?: 3\n^"},
      {"series[9].value", "index out of range: 9 (array length is 4) (1:7)\nseries[9].value\n      ^"},
      {"n % 0", "integer divide by zero (1:3)\nn % 0\n  ^"},
      {"name matches '(' ? 1 : 2", "error parsing regexp: missing ): ( (1:6)\nname matches '(' ? 1 : 2\n     ^"},
  };
  for (const FaultCase& subject : cases) EXPECT_EQ(fault(subject.source), subject.message) << subject.source;
}

TEST_F(Language, WrongKindOfSlotIsAFaultAndNoCrash) {
  const auto program = compile("ceil(x) + 1", schema_, {.as_float = true});
  ASSERT_TRUE(program);
  slots_[0] = Value::string("four");
  const auto result = machine_.run_float(*program, slots_);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message, "x is declared as float, but its value is string");
  EXPECT_FALSE(machine_.run_float(*program, std::span(slots_).first(0)));
}

TEST_F(Language, ProgramsKnowWhatTheyRead) {
  const auto program = compile("x + len(name) + x", schema_);
  ASSERT_TRUE(program);
  EXPECT_EQ(std::vector(program->used_slots().begin(), program->used_slots().end()),
            (std::vector<std::uint32_t>{0, 2}));
  EXPECT_FALSE(program->uses_environment());
  EXPECT_EQ(program->result_type().kind(), TypeKind::kFloat);
  EXPECT_TRUE(compile("len($env)", schema_)->uses_environment());
}

TEST_F(Language, NowIsWhatTheMachineIsTold) {
  const auto program = compile("now().Unix()", schema_, {.as_float = true});
  ASSERT_TRUE(program);
  machine_.set_now({.seconds = 1'700'000'000});
  EXPECT_EQ(machine_.run_float(*program, slots_), 1.7e9);
}

TEST_F(Language, LimitsEndARunWithAPlace) {
  CompileOptions options;
  options.limits.steps = 50;
  const auto program = compile("1 + count(1..100, # > 5)", schema_, options);
  ASSERT_TRUE(program);
  const auto result = machine_.run(*program, slots_);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message, "too many steps: the expression works for too long");
  EXPECT_EQ(result.error().at, (Position{1, 4}));
}

}  // namespace
}  // namespace fas::expr
