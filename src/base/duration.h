// Durations as Go writes them ("1h15m30.5s", "300ms", "-1.5h"), which is how every configuration key and the Expr
// language spell them. The grammar and the output are those of Go's time.ParseDuration and Duration.String.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace fas {

using Duration = std::chrono::nanoseconds;

// nullopt for what Go refuses: an empty text, a missing or unknown unit, a value outside 64-bit nanoseconds.
std::optional<Duration> parse_duration(std::string_view text);

// The text that Go prints: "1m30s", "1.5s", "0s", "100ms".
std::string format_duration(Duration duration);

}  // namespace fas
