#include "config/key.h"

#include <fmt/format.h>

namespace fas::config {
namespace {

// A list becomes the text that stands for it in an environment variable.
std::optional<Written> read_text_list(Reading& reading, const YamlNode& node, const std::string& name) {
  if (node.kind != YamlNode::Kind::kList) {
    reading.problem_at(
        node, fmt::format("{} must be a list, not {}; write it as [\"iad\", \"ord\"]", name, describe(node.kind)));
    return std::nullopt;
  }
  Written joined{.text = {}, .origin = reading.origin(node), .name = name};
  for (const YamlNode* item : node.items) {
    if (item->kind != YamlNode::Kind::kScalar) {
      reading.problem_at(*item, fmt::format("{} takes texts, not {}", name, describe(item->kind)));
      return std::nullopt;
    }
    joined.text += reading.text(*item) + ',';
  }
  reading.show(joined);
  return joined;
}

}  // namespace

std::optional<Written> read_value(Reading& reading, const YamlNode& node, const std::string& name, bool is_list,
                                  bool secret) {
  if (is_list) return read_text_list(reading, node, name);
  if (node.kind == YamlNode::Kind::kScalar) return reading.written(node, name, secret);
  reading.problem_at(node, fmt::format("{} must be a single value, not {}", name, describe(node.kind)));
  return std::nullopt;
}

bool require_map(Reading& reading, const YamlNode& node, const std::string& name) {
  if (node.kind == YamlNode::Kind::kMap) return true;
  reading.problem_at(node,
                     fmt::format("{} must be a map, not {}; write it as {{key: value}}", name, describe(node.kind)));
  return false;
}

bool require_list(Reading& reading, const YamlNode& node, const std::string& name) {
  if (node.kind == YamlNode::Kind::kList) return true;
  reading.problem_at(node,
                     fmt::format("{} must be a list, not {}; begin each entry with \"- \"", name, describe(node.kind)));
  return false;
}

}  // namespace fas::config
