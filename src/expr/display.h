// Values as a person reads them: in the language's own notation where there is one.
#pragma once

#include <cstddef>
#include <string>

#include "expr/value.h"

namespace fas::expr {

// nil, true, 1, 1.5, "text", [1, 2], {"a": 1}, 1h30m, 2024-02-29T13:45:10Z, Europe/Zurich, February. At most about
// `most` bytes: what is longer, or nests deeper than a screen shows, ends in "...". Never fails.
std::string display(const Value& value, std::size_t most = 4096);

}  // namespace fas::expr
