// The stages' values as JSON, for logs, `eval`, the API and history.
#pragma once

#include <nlohmann/json.hpp>

#include "scale/targets.h"

namespace fas::scale {

// {"created":{"min":N|null,"max":N|null},"started":{...}}, the Go program's order.
nlohmann::ordered_json to_json(const Targets& targets);

}  // namespace fas::scale
