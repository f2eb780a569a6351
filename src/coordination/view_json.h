// A view as people and programs are shown it.
#pragma once

#include <nlohmann/json.hpp>

#include "coordination/engine.h"

namespace fas::coordination {

// [{"name", "address", "apps": [name]}], by name; the apps too. No lease is shown.
nlohmann::ordered_json members_json(const View& view);

}  // namespace fas::coordination
