// How a builtin function or method is declared. Each builtins_*.cpp defines one table; registry.cpp joins them.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

#include "expr/arena.h"
#include "expr/failure.h"
#include "expr/map.h"
#include "expr/type.h"
#include "expr/value.h"

namespace fas::expr {

// What a builtin may see of the run besides its arguments.
class Context {
 public:
  Context(Arena& memory, Time instant, const Zone* zone) : arena(memory), now(instant), local_zone(zone) {}

  Arena& arena;             // for results; lives until the machine's next run
  Time now;                 // what now() gives; the same throughout a run
  const Zone* local_zone;   // of texts without a zone; null: UTC
  std::uint64_t steps = 0;  // of work that are left to the run

  // Counts work that grows with the values: one step is an element, or some bytes of text. Fails the run when it has
  // had its share.
  void spend(std::uint64_t work) {
    if (work > steps) [[unlikely]]
      fail_steps();
    steps -= work;
  }

 private:
  [[noreturn]] static void fail_steps();
};

// The call fails; the machine adds the place. Throws RunFailure, which never leaves the library.
[[noreturn]] void fail_run(std::string message);

// Evaluates. The number of arguments has been checked against what `check` accepts, their kinds only as far as the
// checker knew them: a builtin tests kinds itself and calls fail_run() on what it cannot take.
using RunFunction = Value (*)(Context& context, std::span<const Value> arguments);

// One static call, as the checker sees it.
struct CheckCall {
  std::string_view name;
  std::span<const Type> arguments;

  // A compile error at the place of the call, or of one argument.
  [[noreturn]] void fail(std::string message) const;
  [[noreturn]] void fail_at(std::size_t argument, std::string message) const;

  // "invalid number of arguments (expected 1, got 2)" at the call, unless the count is within the bounds.
  void expect_count(std::size_t least, std::size_t most) const;

  std::uint32_t offset = 0;                         // of the call
  std::span<const std::uint32_t> argument_offsets;  // of each argument
};

// The result's type, or a compile error.
using CheckFunction = Type (*)(const CheckCall& call);

// Accepted arguments, in the reference's "func(string, int) string" style; a call must fit one of a builtin's
// signatures, else the compile error stands at the argument that fits none (or at the call when the count is wrong).
struct Signature {
  Type parameters[4];
  std::uint8_t count = 0;
  Type result;
  bool variadic = false;  // the last parameter repeats, also zero times
};

struct Builtin {
  std::string_view name;
  CheckFunction check = nullptr;          // either this
  std::span<const Signature> signatures;  // or these
  RunFunction run = nullptr;
  bool pure = true;  // the same arguments give the same result: may be computed at compile time
};

// A method of durations, times, ...: `arguments[0]` is the receiver, in `signatures` too.
struct Method {
  TypeKind receiver;
  std::string_view name;
  Signature signature;
  RunFunction run = nullptr;
};

// A method without its call, as a value.
struct Function {
  const Method* method;
  Value receiver;
};

// Defined in the file of that name (builtins_number.cpp, ...).
std::span<const Builtin> number_builtins();
std::span<const Builtin> array_builtins();
std::span<const Builtin> string_builtins();
std::span<const Builtin> time_builtins();
std::span<const Builtin> json_builtins();
std::span<const Builtin> encoding_builtins();  // base64 and bit functions
std::span<const Method> time_methods();        // of every kind that builtins_time.cpp knows

// Null when there is none.
const Builtin* find_builtin(std::string_view name);
const Method* find_method(TypeKind receiver, std::string_view name);

// Every function's name, predicates (filter, map, ...) included, for completion and suggestions; sorted.
std::span<const std::string_view> builtin_names();

}  // namespace fas::expr
