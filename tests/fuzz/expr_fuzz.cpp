// Any text through lexer, parser, checker, compiler and machine. Seeds: scripts/expr-fuzz-seeds.
//
// Besides not crashing, an expression must give the same value optimised and not; explaining it prints and compiles
// every part of it again.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "expr/arena.h"
#include "expr/display.h"
#include "expr/explain.h"
#include "expr/expr.h"
#include "expr/map.h"

namespace {

using namespace fas::expr;

constexpr Limits kLimits{
    .source_bytes = 1 << 16, .nodes = 5'000, .nesting = 200, .memory_bytes = 4 << 20, .steps = 20'000};

struct Environment {
  Arena arena;
  Schema schema;
  std::vector<Value> slots;

  void add(std::string_view name, const Value& value) {
    schema.add(name, type_of(value));
    slots.push_back(value);
  }

  Value queue(std::string_view name, double value) {
    MapBuilder labels(arena);
    labels.set("queue", Value::string(name));
    MapBuilder map(arena);
    map.set("labels", labels.finish());
    map.set("value", Value::number(value));
    return map.finish();
  }

  Environment() {
    add("x", Value::number(4));
    add("i", Value::integer(3));
    add("j", Value::integer(-7));
    add("s", Value::string("Hello, \u4e16\u754c"));
    add("ok", Value::boolean(true));
    add("none_", Value::nil());
    const Value ints[] = {Value::integer(3), Value::integer(1), Value::integer(2)};
    add("arr", Value::array(arena.copy(ints)));
    const Value texts[] = {Value::string("b"), Value::string("a")};
    add("sarr", Value::array(arena.copy(texts)));
    const Value mixed[] = {Value::integer(1), Value::string("two"), Value::number(3), Value::nil(), slots.back()};
    add("mixed", Value::array(arena.copy(mixed)));
    const Value queues[] = {queue("mail", 12), queue("video", 140)};
    add("queues", Value::array(arena.copy(queues)));
    add("user", queue("Ann", 30));
    add("when", Value::time(arena, {.seconds = 1709214310, .nanoseconds = 0, .zone = nullptr}));
    add("span", Value::duration(90'000'000'000));
  }
};

struct Outcome {
  bool ok = false;
  bool limited = false;  // ended by a limit: another way of evaluating may not meet it
  std::string text;
};

Outcome evaluate(std::string_view source, const Environment& environment, bool optimize) {
  const auto program = compile(source, environment.schema, {.optimize = optimize, .limits = kLimits});
  if (!program) {
    static_cast<void>(to_string(program.error()));
    return {.ok = false, .limited = true, .text = program.error().message};
  }
  static Machine machine;
  machine.set_now({.seconds = 1709214310, .nanoseconds = 0, .zone = nullptr});
  const auto value = machine.run(*program, environment.slots);
  if (!value) {
    const auto message = to_string(value.error());
    const bool limited = message.find("budget") != std::string::npos || message.find("limit") != std::string::npos ||
                         message.find("too many steps") != std::string::npos ||
                         message.find("nested deeper") != std::string::npos;
    return {.ok = false, .limited = limited, .text = message};
  }
  return {.ok = true, .limited = false, .text = display(*value)};
}

void expect_same(std::string_view source, const Outcome& a, const Outcome& b) {
  if (a.limited || b.limited) return;
  if (a.ok == b.ok && (!a.ok || a.text == b.text)) return;
  std::fprintf(stderr, "optimised and not differ for: %.*s\n  %s\n  %s\n", static_cast<int>(source.size()),
               source.data(), a.text.c_str(), b.text.c_str());
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Environment environment;
  const std::string_view source(reinterpret_cast<const char*>(data), size);
  const auto optimised = evaluate(source, environment, true);
  expect_same(source, optimised, evaluate(source, environment, false));
  if (optimised.ok && size < 200) {
    Machine machine;
    static_cast<void>(explain(source, environment.schema, environment.slots, machine, {.limits = kLimits}));
  }
  const auto as_float = compile(source, environment.schema, {.as_float = true, .limits = kLimits});
  if (as_float) {
    Machine machine;
    static_cast<void>(machine.run_float(*as_float, environment.slots));
  }
  return 0;
}
