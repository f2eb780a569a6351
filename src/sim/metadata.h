// The metadata of a machine's configuration, key by key.
#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

#include "sim/refusal.h"
#include "sim/world.h"

namespace fas::sim {

nlohmann::ordered_json get_metadata(const Machine& machine);  // an object of texts
// `body` is {"value": "..."}. 400 when it is not, 409 under another's lease.
Outcome<void> set_metadata(World& world, App& app, Machine& machine, std::string_view key, std::string_view body,
                           std::string_view nonce);
// A key that is not there is as good as deleted.
Outcome<void> delete_metadata(World& world, App& app, Machine& machine, std::string_view key, std::string_view nonce);

}  // namespace fas::sim
