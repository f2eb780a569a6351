// The parts of a request's target.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fas::sim {

// "%20" to a space; a `%` without two hex digits stays as it is.
std::string percent_decode(std::string_view text);

// The segments between the slashes, decoded; a slash in front or at the end adds none.
std::vector<std::string> path_segments(std::string_view path);

// The first value of that name, decoded (`+` is a space); nullopt where there is none.
std::optional<std::string> query_value(std::string_view query, std::string_view name);

}  // namespace fas::sim
