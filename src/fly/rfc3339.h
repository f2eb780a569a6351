// Time stamps as the Machines API writes them.
#pragma once

#include <optional>
#include <string_view>

#include "base/clock.h"

namespace fas::fly {

// "2024-05-06T07:08:09Z", with a fraction of any length and with an offset as RFC 3339 allows. nullopt for anything
// else, years outside 1900 to 2200 included (which would not fit a WallTime).
std::optional<WallTime> parse_rfc3339(std::string_view text);

}  // namespace fas::fly
