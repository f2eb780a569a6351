// A YAML document as a tree of nodes that know their place in the text. The parser behind it is yaml-cpp; this keeps
// its exceptions in, and its trouble with hostile input (depth, size, aliases that form a cycle) away.
#pragma once

#include <cstddef>
#include <deque>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace fas::config {

struct YamlNode;

struct YamlEntry {
  const YamlNode* key = nullptr;
  const YamlNode* value = nullptr;
};

struct YamlNode {
  enum class Kind { kNull, kScalar, kList, kMap };
  Kind kind = Kind::kNull;
  std::size_t offset = 0;  // in the text, bytes from 0
  std::string scalar;
  std::vector<const YamlNode*> items;
  std::vector<YamlEntry> entries;  // as written: keys may repeat, `<<` is an entry like any other
};

// Aliases share their nodes, possibly in a cycle: whoever walks the tree has to bound the walk.
struct YamlTree {
  std::deque<YamlNode> nodes;      // owns them all
  const YamlNode* root = nullptr;  // null for an empty text
};

struct YamlError {
  std::size_t offset = 0;
  std::string message;  // never holds any of the text
};

inline constexpr int kMaxYamlDepth = 32;

// `text` is UTF-8 without NUL. A second document is an error.
std::expected<YamlTree, YamlError> parse_yaml(const std::string& text);

// "a text", "a list", "a map", "nothing": for messages.
std::string_view describe(YamlNode::Kind kind);

}  // namespace fas::config
