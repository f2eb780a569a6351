// Small helpers on text that several folders need.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fas {

std::vector<std::string_view> split(std::string_view text, char separator);
std::string_view trim(std::string_view text);  // of ASCII white space, both ends
std::string to_lower_ascii(std::string_view text);

// Does `text` match `pattern`, where each `*` stands for any text and everything else for itself?
bool matches_wildcard(std::string_view pattern, std::string_view text);

// The candidate that `name` is most likely a misspelling of: at most a third of its letters away by edit distance,
// letters, digits and separators alike, any case. nullopt when none is near enough.
std::optional<std::string_view> nearest(std::string_view name, std::span<const std::string_view> candidates);

}  // namespace fas
