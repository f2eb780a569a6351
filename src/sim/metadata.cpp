#include "sim/metadata.h"

#include <string>
#include <utility>

#include "sim/json_text.h"
#include "sim/leases.h"

namespace fas::sim {
namespace {

using Json = nlohmann::ordered_json;

Json config_of(const Machine& machine) { return read_json(machine.config.json).value_or(Json::object()); }

void store(World& world, App& app, Machine& machine, const Json& config) {
  machine.config.json = config.dump(-1, ' ', false, Json::error_handler_t::replace);
  world.touch(app, machine);
}

}  // namespace

Json get_metadata(const Machine& machine) {
  const Json config = config_of(machine);
  const auto metadata = config.find("metadata");
  return metadata != config.end() && metadata->is_object() ? *metadata : Json::object();
}

Outcome<void> set_metadata(World& world, App& app, Machine& machine, std::string_view key, std::string_view body,
                           std::string_view nonce) {
  if (auto held = check_lease(machine, nonce); !held) return held;
  const auto json = read_json(body);
  const bool good = json && json->is_object() && json->contains("value") && (*json)["value"].is_string();
  if (!good) return refuse(400, "invalid_argument: want {\"value\": \"...\"}");
  Json config = config_of(machine);
  Json& metadata = config["metadata"];
  if (!metadata.is_object()) metadata = Json::object();
  metadata[std::string(key)] = (*json)["value"];
  store(world, app, machine, config);
  return {};
}

Outcome<void> delete_metadata(World& world, App& app, Machine& machine, std::string_view key, std::string_view nonce) {
  if (auto held = check_lease(machine, nonce); !held) return held;
  Json config = config_of(machine);
  const auto metadata = config.find("metadata");
  if (metadata == config.end() || !metadata->is_object()) return {};
  metadata->erase(std::string(key));
  store(world, app, machine, config);
  return {};
}

}  // namespace fas::sim
