// Sorting and grouping, shared by the functions and the loops of that purpose.
#pragma once

#include <span>

#include "expr/arena.h"
#include "expr/value.h"

namespace fas::expr {

struct Keyed {
  Value key;
  Value element;
};

// Stable. Throws RunFailure for keys that cannot be compared with each other.
void sort_keyed(std::span<Keyed> keyed, bool descending);

// "asc" or "desc"; a RunFailure for anything else.
bool is_descending(const Value& order);

// From key, element, key, element, ...: a map from each key to the array of its elements, in the order of appearance.
Value group(std::span<const Value> pairs, Arena& arena);

}  // namespace fas::expr
