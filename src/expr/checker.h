// Static types of every node, names resolved to slots and registers.
#pragma once

#include <cstdint>
#include <optional>

#include "expr/arena.h"
#include "expr/ast.h"
#include "expr/schema.h"

namespace fas::expr {

struct CheckResult {
  Type type;                    // of the whole expression
  std::uint32_t registers = 0;  // that variables and loops need
  bool uses_environment = false;
  bool uses_clock = false;
};

// A predicate's registers, from its slot: the element, its index, the accumulator.
inline constexpr std::uint32_t kElementRegister = 0;
inline constexpr std::uint32_t kIndexRegister = 1;
inline constexpr std::uint32_t kAccumulatorRegister = 2;
inline constexpr std::uint32_t kLoopRegisters = 3;

// Writes types, slots and methods into the tree. Throws CompileFailure at the first fault. With `as_float` the whole
// must be a number, or unknown.
CheckResult check(Node& root, const Schema& schema, Arena& arena, bool as_float);

// The types that one of `==`, `+`, ... gives for operands of these types; nullopt when it takes no such operands.
std::optional<Type> binary_type(Symbol symbol, Type left, Type right);
std::optional<Type> unary_type(Symbol symbol, Type operand);

// May a value of one type be used where the other is asked for?
bool assignable(Type from, Type to);
// Are the two one type, so that either stands for both?
bool same_type(Type a, Type b);

}  // namespace fas::expr
