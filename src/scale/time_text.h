// Times as JSON and people read them: "2026-11-24T19:30:46.123Z".
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace fas::scale {

std::string time_text(WallTime time);

// RFC 3339 with a date alone ("2026-11-24"), without seconds or without a zone (UTC) allowed, too.
std::optional<WallTime> parse_time(std::string_view text);

}  // namespace fas::scale
