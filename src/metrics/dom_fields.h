// Fields of a JSON object that may be missing or of another type than expected.
#pragma once

#include <simdjson.h>

#include <string_view>

namespace fas::metrics {

// Empty when it is no text.
inline std::string_view text_of(simdjson::dom::object object, std::string_view key) {
  std::string_view text;
  return object[key].get(text) == simdjson::SUCCESS ? text : std::string_view{};
}

// False when it is no boolean.
inline bool flag_of(simdjson::dom::object object, std::string_view key) {
  bool flag = false;
  return object[key].get(flag) == simdjson::SUCCESS && flag;
}

}  // namespace fas::metrics
