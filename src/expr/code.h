// What a compiled expression is made of: a tree of operations, each a function pointer beside its operands.
//
// An operation is run by calling it: op->run(op, frame). The checker's types choose the function, so that arithmetic on
// floats passes doubles in registers and a comparison gives a bool without making a Value of either. The tree is
// immutable; everything that changes during a run is in the Frame.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "expr/arena.h"
#include "expr/builtin.h"
#include "expr/expr.h"
#include "expr/failure.h"
#include "expr/pattern.h"
#include "expr/value.h"

namespace fas::expr {

struct Frame;

// What the ranges of one run may amount to; the reference's memory budget.
inline constexpr std::uint64_t kMostRangeElements = 1'000'000;

struct Op {
  using Run = Value (*)(const Op* op, Frame& frame);
  using RunFloat = double (*)(const Op* op, Frame& frame);
  using RunBool = bool (*)(const Op* op, Frame& frame);

  Run run = nullptr;
  RunFloat run_float = nullptr;  // the same result as a double; a run failure where it is no number
  RunBool run_bool = nullptr;    // the same result as a bool; a run failure where it is none
  std::uint32_t offset = 0;      // in the source, for failures
};

// Constant text that a run compares with or looks up.
struct ConstantOp : Op {
  Value value;
};
struct SlotOp : Op {
  std::uint32_t slot = 0;
};
struct RegisterOp : Op {
  std::uint32_t index = 0;
};
struct UnaryOp : Op {
  const Op* operand = nullptr;
};
struct BinaryOp : Op {
  const Op* left = nullptr;
  const Op* right = nullptr;
};

// One run of one program.
struct Frame {
  std::span<const Value> slots;
  Value* registers = nullptr;
  Context& context;
  Arena& arena;
  std::vector<Value>& stack;  // lists under construction
  const Code* code = nullptr;
  std::uint64_t elements = 0;              // of ranges that are left
  bool exact = false;                      // run loops one after the other, to find the failure that comes first
  std::unique_ptr<Pattern>& last_pattern;  // of a pattern that is computed, and what it was made from
  std::string& last_pattern_text;
};

struct Code {
  Arena arena;  // the operations and their constants
  const Op* root = nullptr;
  std::optional<Value> constant;  // the whole result, when it is known
  std::uint32_t registers = 0;
  bool uses_environment = false;
  bool uses_clock = false;
  bool as_float = false;
  Type type;
  std::string source;
  Limits limits;
  std::vector<std::uint32_t> slots;  // that are read; sorted
  std::size_t least_slots = 0;       // that a run must be given
  std::vector<std::string> names;    // of all slots, when $env is used
  std::vector<std::unique_ptr<const Pattern>> patterns;
};

[[noreturn]] void fail_at(const Op* op, std::string message);

// Stands for an element where a loop goes over a map, whose elements have no order: it may count, but not look at them.
inline constexpr bool is_no_element(const Value& value) {
  return value.is(Kind::kFunction) && value.as_zone() == nullptr;
}
[[noreturn]] void fail_no_element(const Op* op);
[[noreturn]] void fail_bool(const Op* op, const Value& value);  // a bool is needed

// As functions of operations that have no better: by way of run.
double float_by_value(const Op* op, Frame& frame);
bool bool_by_value(const Op* op, Frame& frame);
Value value_by_float(const Op* op, Frame& frame);
Value value_by_bool(const Op* op, Frame& frame);

}  // namespace fas::expr
