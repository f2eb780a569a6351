// Whether a text is UTF-8, which everything downstream (JSON logs, HTTP) relies on.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace fas::config {

// The offset of the first byte that is not part of a well-formed UTF-8 character, or is NUL; nullopt: all is well.
std::optional<std::size_t> first_bad_byte(std::string_view text);

// How many characters `text`, which is UTF-8, has.
std::size_t count_characters(std::string_view text);

}  // namespace fas::config
