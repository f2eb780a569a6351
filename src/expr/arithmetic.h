// The operators on values whose kinds are only known now. Each throws RunFailure without a place.
#pragma once

#include <compare>
#include <string_view>

#include "expr/token.h"
#include "expr/value.h"

namespace fas::expr {

class Arena;
class Context;

Value add(const Value& a, const Value& b, Arena& arena);
Value subtract(const Value& a, const Value& b, Arena& arena);
Value multiply(const Value& a, const Value& b);
Value divide(const Value& a, const Value& b);  // always a float
Value modulo(const Value& a, const Value& b);  // of ints only
Value power(const Value& a, const Value& b);
Value negate(const Value& a);
Value positive(const Value& a);

// `symbol` is one of < > <= >=.
bool ordered(Symbol symbol, const Value& a, const Value& b);
// The order that sort(), min() and their like use; as < for what it takes.
bool less(const Value& a, const Value& b);

bool contained(const Value& a, const Value& b, Context& context);  // a in b

// An index or a slice's bound: ints, floats cut off, and nothing else.
std::int64_t to_index(const Value& value);
double to_float(const Value& value);  // the number; a failure for anything else

// What `object[key]` gives; nil for a key that a map lacks.
Value fetch(const Value& object, const Value& key, Arena& arena);
// Bounds as the reference bends them: from the end when negative, and never outside, so that INT64_MAX is the end.
Value slice(const Value& object, std::int64_t low, std::int64_t high);

// "invalid operation: int + string"
[[noreturn]] void fail_operation(std::string_view operation, const Value& a, const Value& b);

}  // namespace fas::expr
