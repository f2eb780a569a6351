#include "sim/machine_json.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>
#include <nlohmann/json.hpp>

#include "sim/machine_config.h"

namespace fas::sim {
namespace {

using Json = nlohmann::ordered_json;

long long milliseconds(WallTime time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

Json image_json(const MachineConfig& config) {
  const ImageRef ref = resolve_image(config.image);
  Json image = {{"registry", ref.registry}, {"repository", ref.repository}};
  if (!ref.tag.empty()) image["tag"] = ref.tag;
  image["digest"] = ref.digest;
  image["labels"] = nullptr;
  return image;
}

Json events_json(const Machine& machine) {
  Json events = Json::array();
  for (const MachineEvent& event : machine.events) {
    events.push_back({{"type", event.type},
                      {"status", event.status},
                      {"source", event.source},
                      {"timestamp", milliseconds(event.at)}});
  }
  return events;
}

}  // namespace

std::string rfc3339(WallTime time) {
  const long long ms = milliseconds(time);
  const auto seconds = static_cast<std::time_t>(ms / 1000);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(seconds), ms % 1000);
}

std::string machine_json(const Machine& machine) {
  const bool reachable = machine.host_status == "ok";
  Json json = {{"id", machine.id},
               {"name", machine.name},
               {"state", std::string(to_string(machine.state))},
               {"region", machine.region},
               {"image_ref", image_json(machine.config)},
               {"instance_id", machine.instance_id},
               {"version", machine.instance_id},
               {"private_ip", machine.private_ip},
               {"created_at", rfc3339(machine.created_at)},
               {"updated_at", rfc3339(machine.updated_at)},
               {"events", events_json(machine)},
               {"checks", Json::array()},
               {"host_status", machine.host_status}};
  if (machine.lease) json["nonce"] = machine.lease->nonce;
  if (machine.cordoned) json["cordoned"] = true;
  std::string text = json.dump();
  text.pop_back();
  // The configuration goes in as the text that it is, so that nothing in it is lost.
  text += reachable ? ",\"config\":" : ",\"incomplete_config\":";
  text += machine.config.json;
  text += '}';
  return text;
}

}  // namespace fas::sim
