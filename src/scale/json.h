// The stages' values as JSON, for logs, `eval`, `plan`, the API and history.
#pragma once

#include <nlohmann/json.hpp>
#include <span>

#include "scale/decision.h"
#include "scale/outcome.h"
#include "scale/targets.h"

namespace fas::scale {

// {"created":{"min":N|null,"max":N|null},"started":{...}}, the Go program's order.
nlohmann::ordered_json to_json(const Targets& targets);

// The whole way from metric to action. Keys that have nothing to say are left out. The machines listed are those that
// the plan is for, not their substitutes.
nlohmann::ordered_json to_json(const Decision& decision);

// The same with "outcomes" behind it.
nlohmann::ordered_json to_json(const Decision& decision, std::span<const Outcome> outcomes);

}  // namespace fas::scale
