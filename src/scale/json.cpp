#include "scale/json.h"

#include <optional>

namespace fas::scale {
namespace {

nlohmann::ordered_json to_json(const std::optional<int>& count) {
  return count ? nlohmann::ordered_json(*count) : nlohmann::ordered_json(nullptr);
}

nlohmann::ordered_json to_json(const Bounds& bounds) {
  return {{"min", to_json(bounds.min)}, {"max", to_json(bounds.max)}};
}

}  // namespace

nlohmann::ordered_json to_json(const Targets& targets) {
  return {{"created", to_json(targets.created)}, {"started", to_json(targets.started)}};
}

}  // namespace fas::scale
