// A decision for people to read: the way from metric to action, one line a step.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace fas::cli {

// `decision` as scale/json.h writes it. Ends with a newline.
std::string decision_text(std::string_view app, const nlohmann::ordered_json& decision);

// One line of a list: time, app, what was done, and why.
std::string decision_line(std::string_view app, const nlohmann::ordered_json& decision);

}  // namespace fas::cli
