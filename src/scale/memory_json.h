// A memory as the history keeps it over restarts.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "scale/memory.h"

namespace fas::scale {

std::string memory_text(const Memory& memory);

// What can be read of the text, for a decision at `now`: anything of an unexpected type is left at its default, so that
// a text of another version, or garbage, costs what it held and nothing else. A time in the future (the clock was put
// back meanwhile) becomes `now`, and a pause is no longer than it could be if it began now.
Memory parse_memory(std::string_view text, WallTime now);

}  // namespace fas::scale
