// Environments for the tests of configuration, and loading a text in one line.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "config/config.h"

namespace fas::config::test {

using Variables = std::map<std::string, std::string, std::less<>>;

inline Environment environment(Variables variables) {
  return [variables = std::move(variables)](std::string_view name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional<std::string>(found->second);
  };
}

inline Result<Config> load_yaml(std::string_view yaml, const Variables& variables = {},
                                Purpose purpose = Purpose::kEvaluate) {
  return load_text(yaml, "fas.yml", environment(variables), purpose);
}

// The error's text; "ok" when there is none.
inline std::string error_of(const Result<Config>& config) { return config ? "ok" : config.error().message; }

}  // namespace fas::config::test
