// A JSON schema of the configuration, from the same tables that it is read by.
#pragma once

#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/collectors.h"
#include "config/key.h"

namespace fas::config {

// Of single values; each may be a text with variables instead ("$NAME").
nlohmann::ordered_json text_schema();
nlohmann::ordered_json text_list_schema();
nlohmann::ordered_json bool_schema();
nlohmann::ordered_json duration_schema();
nlohmann::ordered_json number_schema();
nlohmann::ordered_json integer_schema(std::int64_t lowest, std::int64_t highest = std::numeric_limits<int>::max());
nlohmann::ordered_json expression_schema();
nlohmann::ordered_json choice_schema(const std::vector<std::string_view>& words);

// A map with these keys and no other.
nlohmann::ordered_json object_schema(nlohmann::ordered_json properties);

// What the others refer to: "metric-collectors", that list, and "common", the fields of every collector.
nlohmann::ordered_json definitions(const CollectorKinds& kinds);

template <class T>
void add_properties(nlohmann::ordered_json& properties, std::span<const Key<T>> keys) {
  for (const Key<T>& key : keys) {
    const SchemaOf schema = key.schema != nullptr ? key.schema : key.set.schema;
    properties[std::string(key.name)] = schema();
  }
}

}  // namespace fas::config
