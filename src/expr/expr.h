// The Expr language in three steps: describe the environment (Schema), compile() once, run many times (Machine).
//
//   fas::expr::Schema schema;
//   schema.add("queue_depth", fas::expr::TypeKind::kFloat);
//   auto program = fas::expr::compile("ceil(queue_depth / 10)", schema, {.as_float = true});
//   fas::expr::Machine machine;
//   const fas::expr::Value slots[] = {fas::expr::Value::number(41)};
//   auto target = machine.run_float(*program, slots);  // 5
//
// Nothing here throws, whatever the source and the values are, except std::bad_alloc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "expr/arena.h"
#include "expr/schema.h"
#include "expr/type.h"
#include "expr/value.h"

namespace fas::expr {

struct Position {
  std::uint32_t line = 1;    // from 1
  std::uint32_t column = 0;  // from 0, in characters (code points)
  bool operator==(const Position&) const = default;
};

// What is wrong with an expression, or with this evaluation of it.
struct Diagnostic {
  enum class Kind { kCompile, kRun };
  Kind kind = Kind::kCompile;
  std::optional<Position> at;  // none where the whole expression is meant
  std::string message;         // "unknown name quue; did you mean queue?"
  std::string snippet;         // the source line and a caret under the place, two lines; empty without a place
};

// "message (1:4)" and the snippet below.
std::string to_string(const Diagnostic& diagnostic);

// What one expression may use; beyond it is a Diagnostic, so that any text is safe to compile and run.
struct Limits {
  std::size_t source_bytes = std::size_t{1} << 20;
  std::uint32_t nodes = 10'000;                      // of the syntax tree
  std::uint32_t nesting = 1'000;                     // brackets, calls and prefixes within each other
  std::size_t memory_bytes = std::size_t{64} << 20;  // that a run creates
  std::uint64_t steps = 8'000'000;                   // of a run: passes of all loops, elements and texts gone through
};

struct CompileOptions {
  bool as_float = false;  // the result must be a number and is converted to a float
  bool optimize = true;   // results are the same without, only slower
  Limits limits = {};
};

struct Code;

// Immutable; copies share it and may run on many threads at a time. Independent of the Schema once compiled.
class Program {
 public:
  // The slots that the expression reads; all of them when it uses $env. Sorted.
  std::span<const std::uint32_t> used_slots() const;
  bool uses_environment() const;  // $env
  std::string_view source() const;
  Type result_type() const;  // element types are not kept
  const Code& code() const { return *code_; }

 private:
  friend std::expected<Program, Diagnostic> compile(std::string_view, const Schema&, const CompileOptions&);
  explicit Program(std::shared_ptr<const Code> code) : code_(std::move(code)) {}
  std::shared_ptr<const Code> code_;
};

std::expected<Program, Diagnostic> compile(std::string_view source, const Schema& schema,
                                           const CompileOptions& options = {});

struct MachineState;

// The memory to run programs in; one thread at a time. After a few runs of scalar expressions it allocates no more.
class Machine {
 public:
  Machine();
  ~Machine();
  Machine(Machine&&) noexcept;
  Machine& operator=(Machine&&) noexcept;

  // `slots` holds the environment in the order of the Schema. The result may point into the machine (until its next
  // run or end), the program and `slots`.
  std::expected<Value, Diagnostic> run(const Program& program, std::span<const Value> slots);

  // The result as a float; a Diagnostic when it is no number.
  std::expected<double, Diagnostic> run_float(const Program& program, std::span<const Value> slots);

  // What now() gives; the system's clock when never set or reset.
  void set_now(Time now);
  void reset_now();

 private:
  std::unique_ptr<MachineState> state_;
};

}  // namespace fas::expr
