// The parts of a request's target, as a server reads them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fas::net {

// "%20" to a space; a `%` without two hex digits stays as it is.
std::string lenient_decode(std::string_view text);

// The segments between the slashes, decoded; a slash in front or at the end adds none.
std::vector<std::string> path_segments(std::string_view path);

// The first value of that name, decoded (`+` is a space); nullopt where there is none.
std::optional<std::string> query_value(std::string_view query, std::string_view name);

}  // namespace fas::net
