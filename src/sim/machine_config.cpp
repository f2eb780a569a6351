#include "sim/machine_config.h"

#include <fmt/format.h>

#include "sim/random.h"

namespace fas::sim {
namespace {

using Json = nlohmann::ordered_json;

std::string made_up_digest(std::string_view image) {
  Random random = Random(0).fork(image);
  std::string digest = "sha256:";
  for (int i = 0; i < 4; ++i) digest += fmt::format("{:016x}", random.next());
  return digest;
}

}  // namespace

Outcome<MachineConfig> read_config(const Json& config) {
  if (!config.is_object()) return refuse(422, "invalid_argument: config is required and must be an object");
  MachineConfig result;
  const auto image = config.find("image");
  if (image == config.end() || !image->is_string() || image->get_ref<const std::string&>().empty()) {
    return refuse(422, "invalid_argument: config.image is required");
  }
  result.image = image->get<std::string>();
  if (const auto mounts = config.find("mounts"); mounts != config.end() && mounts->is_array()) {
    for (const Json& mount : *mounts) {
      if (!mount.is_object()) return refuse(422, "invalid_argument: config.mounts holds something that is no mount");
      const auto volume = mount.find("volume");
      result.volumes.push_back(volume != mount.end() && volume->is_string() ? volume->get<std::string>() : "");
    }
  }
  if (const auto flag = config.find("auto_destroy"); flag != config.end() && flag->is_boolean()) {
    result.auto_destroy = flag->get<bool>();
  }
  result.json = config.dump(-1, ' ', false, Json::error_handler_t::replace);
  return result;
}

MachineConfig default_config(std::string_view app) {
  const std::string image = fmt::format("registry.fly.io/{}:deployment-01", app);
  const Json config = {{"image", image},
                       {"env", {{"FLY_PROCESS_GROUP", "app"}}},
                       {"init", Json::object()},
                       {"guest", {{"cpu_kind", "shared"}, {"cpus", 1}, {"memory_mb", 256}}},
                       {"restart", {{"policy", "on-failure"}, {"max_retries", 10}}},
                       {"metadata",
                        {{"fly_platform_version", "v2"},
                         {"fly_process_group", "app"},
                         {"fly_release_id", "rel_01"},
                         {"fly_release_version", "1"}}}};
  return *read_config(config);
}

ImageRef resolve_image(std::string_view image) {
  ImageRef ref;
  std::string_view rest = image;
  if (const std::size_t at = rest.find('@'); at != std::string_view::npos) {
    ref.digest = rest.substr(at + 1);
    rest = rest.substr(0, at);
  } else {
    ref.digest = made_up_digest(image);
  }
  // A colon behind the last slash begins a tag; one before it belongs to the registry's port.
  const std::size_t slash = rest.rfind('/');
  const std::size_t colon = rest.rfind(':');
  if (colon != std::string_view::npos && (slash == std::string_view::npos || colon > slash)) {
    ref.tag = rest.substr(colon + 1);
    rest = rest.substr(0, colon);
  }
  const std::size_t first = rest.find('/');
  const std::string_view host = rest.substr(0, first);
  if (first != std::string_view::npos && host.find_first_of(".:") != std::string_view::npos) {
    ref.registry = host;
    rest = rest.substr(first + 1);
  } else {
    ref.registry = "docker-hub-mirror.fly.io";
  }
  ref.repository = rest;
  return ref;
}

}  // namespace fas::sim
