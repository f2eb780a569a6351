#include <fmt/format.h>

#include "expr/arithmetic.h"
#include "expr/code.h"

namespace fas::expr {

void fail_run(std::string message) { throw RunFailure{.message = std::move(message)}; }
void fail_at(const Op* op, std::string message) { throw RunFailure{op->offset, std::move(message)}; }
void Context::fail_steps() { throw RunFailure{kNoOffset, "too many steps: the expression works for too long", true}; }

void fail_no_element(const Op* op) { fail_at(op, "a map has no elements to go over; use values() or toPairs()"); }

void fail_bool(const Op* op, const Value& value) {
  fail_at(op, fmt::format("a bool is needed, but got {}", kind_name(value.kind())));
}

double float_by_value(const Op* op, Frame& frame) {
  const Value value = op->run(op, frame);
  if (value.is_float()) return value.as_float();
  if (value.is_int()) return static_cast<double>(value.as_int());
  fail_at(op, fmt::format("invalid operation: float({})", kind_name(value.kind())));
}

bool bool_by_value(const Op* op, Frame& frame) {
  const Value value = op->run(op, frame);
  if (!value.is(Kind::kBool)) fail_bool(op, value);
  return value.as_bool();
}

Value value_by_float(const Op* op, Frame& frame) { return Value::number(op->run_float(op, frame)); }
Value value_by_bool(const Op* op, Frame& frame) { return Value::boolean(op->run_bool(op, frame)); }

}  // namespace fas::expr
