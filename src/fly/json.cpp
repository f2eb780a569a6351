#include "fly/json.h"

namespace fas::fly {

using nlohmann::json;

json parse_json(std::string_view text) {
  constexpr int kDeepest = 64;  // what stands deeper is dropped: a megabyte of brackets must not become a gigabyte
  const auto keep = [](int depth, json::parse_event_t /*event*/, const json& /*value*/) { return depth < kDeepest; };
  return json::parse(text, keep, /*allow_exceptions=*/false);
}

const json& json_field(const json& value, std::string_view key) {
  static const json null;
  if (!value.is_object()) return null;
  const auto found = value.find(key);
  return found == value.end() ? null : *found;
}

std::string json_text(const json& value, std::string_view key) {
  const json& field = json_field(value, key);
  return field.is_string() ? field.get_ref<const std::string&>() : std::string();
}

}  // namespace fas::fly
