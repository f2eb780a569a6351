// As much of GraphQL's grammar as it takes to learn what a query asks for: the fields at its root and their arguments.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fas::sim {

struct RootField {
  std::string alias;  // the key in the reply: the name, where the query gives none
  std::string name;
  nlohmann::ordered_json arguments;  // an object; variables are replaced by their values, null where there is none
};

// nullopt for what is no query. Selections below the root are read over.
std::optional<std::vector<RootField>> read_query(std::string_view query, const nlohmann::ordered_json& variables);

}  // namespace fas::sim
