// Values as JSON text and back, with the results of Go's encoding/json.
#pragma once

#include <string>
#include <string_view>

#include "expr/value.h"

namespace fas::expr {

class Arena;

// Two spaces of indentation, keys sorted, "<", ">" and "&" escaped. Fails the run (fail_run) for what JSON has not:
// infinities, functions, maps whose keys are no text; and for what is nested beyond 1000 levels, has more
// than a million parts or is longer than 16 MiB or `arena` has room for.
std::string write_json(const Value& value, const Arena& arena);

// Numbers become floats, objects maps in the order of the text. Fails the run (fail_run) for what is no JSON, nests
// beyond 1000 levels, or holds a number beyond a float.
Value read_json(std::string_view text, Arena& arena);

}  // namespace fas::expr
