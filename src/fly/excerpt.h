// A piece of somebody else's text, fit for a message.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace fas::fly {

// The first `length` bytes and "..." for the rest, white space at the ends removed; control characters become spaces
// and what is not ASCII `?`, so that no log and no terminal chokes on it.
std::string printable(std::string_view text, std::size_t length);

// The same in quotes, short; "an empty body" where there is nothing.
std::string excerpt(std::string_view text);

}  // namespace fas::fly
