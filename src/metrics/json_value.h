// One number out of a JSON text.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace fas::metrics {

// The reference tokens of a JSON pointer (RFC 6901), unescaped; empty for the whole document. kInvalid when it does not
// begin with a slash or has a tilde that no 0 or 1 follows.
Result<std::vector<std::string>> parse_json_pointer(std::string_view pointer);

// The number that the tokens lead to: a number, a text that holds one ("42", "NaN"), or a boolean as 0 or 1. nullopt
// when nothing is there, or null. Errors: kMalformed when the text is not JSON, or what is there is no number. Builds
// no document: a large reply costs one pass and no allocation to speak of.
Result<std::optional<double>> read_json_number(std::string_view text, const std::vector<std::string>& tokens);

}  // namespace fas::metrics
