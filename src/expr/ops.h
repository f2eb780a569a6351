// The factories of operations, one group per ops_*.cpp. Operands are operations of the same Code; all live in its
// arena.
#pragma once

#include <span>

#include "expr/code.h"
#include "expr/token.h"
#include "expr/type.h"

namespace fas::expr {

// What every factory is given besides operands.
struct Site {
  Arena& arena;
  std::uint32_t offset;  // of the node that the operation stands for
};

// ops_leaf.cpp
Op* make_constant(Site site, const Value& value);
Op* make_slot(Site site, std::uint32_t slot, Type type, std::string_view name);
Op* make_register(Site site, std::uint32_t index);
Op* make_number_register(Site site, std::uint32_t index);  // of a variable that is sure to be a number
Op* make_pointer(Site site, std::uint32_t index);          // the register that # stands for
Op* make_environment(Site site);
const Value* constant_of(const Op* op);  // null for what is no constant
bool is_register(const Op* op, std::uint32_t& index);

// ops_number.cpp: operands of numbers' static types, at least one of them float
Op* make_float_arithmetic(Site site, Symbol symbol, const Op* left, const Op* right);
Op* make_float_comparison(Site site, Symbol symbol, const Op* left, const Op* right);
Op* make_float_negation(Site site, const Op* operand);
// Is the operation sure to give the number that its type says? The element that find() looks for may be missing.
bool gives_number(const Op* op);
// The operand itself when it is sure to be a number; a failure names the function, if any, that needs one.
Op* make_require_float(Site site, const Op* operand, std::string_view function = {});
enum class FloatFunction { kCeil, kFloor, kRound, kAbs };
Op* make_float_function(Site site, FloatFunction function, const Op* operand);
Op* make_float_cast(Site site, const Op* operand);  // the result of an expression wanted as a float

// ops_value.cpp: operands of any kind
Op* make_arithmetic(Site site, Symbol symbol, const Op* left, const Op* right);
Op* make_comparison(Site site, Symbol symbol, const Op* left, const Op* right);
Op* make_equality(Site site, bool negated, const Op* left, const Op* right);
Op* make_in(Site site, const Op* left, const Op* right);
Op* make_negation(Site site, Symbol symbol, const Op* operand);              // - or +
Op* make_extreme(Site site, bool largest, const Op* left, const Op* right);  // min, max of two numbers

// ops_text.cpp
Op* make_text_test(Site site, Symbol symbol, const Op* left, const Op* right);  // contains, startsWith, endsWith
Op* make_match(Site site, const Op* text, const Pattern* pattern);
Op* make_dynamic_match(Site site, const Op* text, const Op* pattern);
inline constexpr std::size_t kMostConcatenated = 16;
Op* make_concatenation(Site site, std::span<const Op* const> parts);  // strings

// ops_logic.cpp
Op* make_require_bool(Site site, const Op* operand);
Op* make_logic(Site site, bool conjunction, const Op* left, const Op* right);  // and, or
Op* make_not(Site site, const Op* operand);
Op* make_conditional(Site site, const Op* condition, const Op* yes, const Op* no);
Op* make_coalesce(Site site, const Op* left, const Op* right);
Op* make_store(Site site, std::uint32_t index, const Op* value, const Op* rest);  // rest null: the value
Op* make_sequence(Site site, std::span<const Op* const> items);

// ops_access.cpp
Op* make_fetch(Site site, const Op* object, const Op* key);
Op* make_slice(Site site, const Op* object, const Op* low, const Op* high);  // bounds may be null
struct Link {
  const Op* op;   // reads its object from the chain's register
  bool optional;  // the chain ends with nil where the object is nil
};
Op* make_chain(Site site, std::uint32_t index, const Op* head, std::span<const Link> links);

// ops_build.cpp
Op* make_array(Site site, std::span<const Op* const> items);
Op* make_map(Site site, std::span<const Op* const> keys_and_values);
Op* make_range(Site site, const Op* from, const Op* to);
const BinaryOp* as_range(const Op* op);  // null for what is no range
struct IntRange {
  std::int64_t first;
  std::size_t size;
};
IntRange int_range(const Value& from, const Value& to, Frame& frame);  // within the run's budget

// ops_call.cpp
Op* make_builtin_call(Site site, const Builtin& builtin, std::span<const Op* const> arguments);
Op* make_method_call(Site site, const Method& method, std::span<const Op* const> receiver_and_arguments);
Op* make_dynamic_call(Site site, const Op* function, std::span<const Op* const> arguments);

}  // namespace fas::expr
