// Tables of keys: each says how its value gets into a T. One table serves the file, and where a key has a variable the
// environment, too.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/reading.h"

namespace fas::config {

// What a JSON schema says of a value.
using SchemaOf = nlohmann::ordered_json (*)();

// How a single value gets into a T.
template <class T>
struct Setter {
  void (*set)(Reading& reading, T& target, const Written& value) = nullptr;
  SchemaOf schema = nullptr;

  void operator()(Reading& reading, T& target, const Written& value) const { set(reading, target, value); }
};

struct KeyName {
  std::string_view name;  // in the file
  std::string_view env;   // empty: the file only
};

template <class T>
struct Key {
  std::string_view name;
  std::string_view env = "";
  bool is_list = false;  // of texts; at commas in the environment
  bool secret = false;
  // One of the two: for a single value (a list comes with its parts joined by commas), or for a map or list of maps.
  Setter<T> set{};
  void (*read)(Reading& reading, T& target, const YamlNode& node, const std::string& name) = nullptr;
  SchemaOf schema = nullptr;  // beside `read`
};

// A single value, or a list of texts joined by commas; nullopt, with a problem reported, for anything else.
std::optional<Written> read_value(Reading& reading, const YamlNode& node, const std::string& name, bool is_list,
                                  bool secret);

// False, with a problem reported, when `node` is not a map (or list).
bool require_map(Reading& reading, const YamlNode& node, const std::string& name);
bool require_list(Reading& reading, const YamlNode& node, const std::string& name);

// The entries of `node` that `keys` names, into `target`. `prefix` stands before keys in messages: "apps[0].".
template <class T>
void read_entries(Reading& reading, T& target, const std::vector<YamlEntry>& entries, std::span<const Key<T>> keys,
                  const std::string& prefix) {
  for (const YamlEntry& entry : entries) {
    if (entry.value->kind == YamlNode::Kind::kNull) continue;  // a key without a value counts as not written
    for (const Key<T>& key : keys) {
      if (key.name != entry.key->scalar) continue;
      const std::string name = prefix + entry.key->scalar;
      if (key.read != nullptr) {
        key.read(reading, target, *entry.value, name);
      } else if (const auto value = read_value(reading, *entry.value, name, key.is_list, key.secret)) {
        key.set(reading, target, *value);
      } else {
        reading.mark_attempted(name);
      }
    }
  }
}

// A map all of whose keys are in the table.
template <class T>
void read_map(Reading& reading, T& target, const YamlNode& node, std::span<const Key<T>> keys,
              const std::string& name) {
  if (!require_map(reading, node, name)) return;
  std::vector<std::string_view> known;
  for (const Key<T>& key : keys) known.push_back(key.name);
  std::vector<YamlEntry> entries = reading.entries(node);
  reading.drop_unknown(entries, name + ".", known);
  read_entries(reading, target, entries, keys, name + ".");
}

template <class T>
void read_variables(Reading& reading, T& target, std::span<const Key<T>> keys) {
  for (const Key<T>& key : keys) {
    if (key.env.empty()) continue;
    if (const std::optional<Written> value = reading.variable(std::string(key.env), key.secret)) {
      key.set(reading, target, *value);
    }
  }
}

}  // namespace fas::config
