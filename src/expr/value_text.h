// Values as plain text, as Go's fmt prints them with %v: what string() gives and messages show.
#pragma once

#include <cstddef>
#include <string>

#include "expr/value.h"

namespace fas::expr {

// "<nil>", "1.5", "text as it is", "[1 2 3]", "map[a:1 b:2]" with sorted keys, "1m30s", "2024-02-29 00:00:00 +0000
// UTC". Fails the run (fail_run) when the text would be longer than `room` bytes or the value nests beyond 1000 levels
// or has more than a million parts.
std::string value_text(const Value& value, std::size_t room);

}  // namespace fas::expr
