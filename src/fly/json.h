// Reading small JSON replies without trusting their shape.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace fas::fly {

// A discarded value for what is no JSON. Values deeper than any reply has are left out.
nlohmann::json parse_json(std::string_view text);

// The field of an object: null where `value` is no object or has no such field.
const nlohmann::json& json_field(const nlohmann::json& value, std::string_view key);

// The field's text; empty where there is none.
std::string json_text(const nlohmann::json& value, std::string_view key);

}  // namespace fas::fly
