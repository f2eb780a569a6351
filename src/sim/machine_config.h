// Reads a machine's configuration as the create and update calls take it.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "sim/machine.h"
#include "sim/refusal.h"

namespace fas::sim {

// The value is kept whole, unknown fields included. Refuses with 422 what has no image, or is no object.
Outcome<MachineConfig> read_config(const nlohmann::ordered_json& config);

// The configuration that Fly Launch gives a worker of `app`: image, group and platform version in the metadata.
MachineConfig default_config(std::string_view app);

// What an image reference resolves to: "registry.fly.io/worker:tag@sha256:...". A missing digest is made up from the
// rest, always the same one.
struct ImageRef {
  std::string registry;
  std::string repository;
  std::string tag;
  std::string digest;
};
ImageRef resolve_image(std::string_view image);

}  // namespace fas::sim
