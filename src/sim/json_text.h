// Reads JSON that came from outside.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

namespace fas::sim {

// nullopt for what is no JSON, and for what is nested deeper than 100 levels: walking such a value would use up the
// stack. The order of an object's members is kept.
std::optional<nlohmann::ordered_json> read_json(std::string_view text);

}  // namespace fas::sim
