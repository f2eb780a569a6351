// How the key `coordination` is read.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "config/draft.h"
#include "config/reading.h"

namespace fas::config {

void read_coordination(Reading& reading, Config& config, const YamlNode& node, const std::string& name);
nlohmann::ordered_json coordination_schema();

}  // namespace fas::config
