#include "metrics/expand.h"

#include <algorithm>
#include <cstddef>
#include <cstdlib>

namespace fas::metrics {
namespace {

bool begins_name(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool continues_name(char c) { return begins_name(c) || (c >= '0' && c <= '9'); }

// The length of the name that `text` begins with; 0 when it begins with none.
std::size_t name_length(std::string_view text) {
  if (text.empty() || !begins_name(text.front())) return 0;
  return static_cast<std::size_t>(std::ranges::find_if_not(text, continues_name) - text.begin());
}

struct Variable {
  std::string_view name;   // empty: no variable
  std::size_t length = 0;  // with dollar and braces
};

// `text` begins with a dollar sign.
Variable variable_at(std::string_view text) {
  if (!text.starts_with("${")) {
    const std::size_t length = name_length(text.substr(1));
    return {.name = text.substr(1, length), .length = 1 + length};
  }
  const std::size_t length = name_length(text.substr(2));
  if (!text.substr(2 + length).starts_with('}')) return {};
  return {.name = text.substr(2, length), .length = length + 3};
}

}  // namespace

EnvironmentLookup process_environment() {
  return [](std::string_view name) -> std::optional<std::string> {
    const char* value = std::getenv(std::string(name).c_str());
    if (value == nullptr) return std::nullopt;
    return value;
  };
}

Template::Template(std::string_view text, const EnvironmentLookup& environment) {
  for (;;) {
    const std::size_t dollar = std::min(text.find('$'), text.size());
    pieces_.back() += text.substr(0, dollar);
    text.remove_prefix(dollar);
    if (text.empty()) return;
    const Variable variable = variable_at(text);
    if (variable.name.empty()) {
      pieces_.back() += '$';
      text.remove_prefix(1);
      continue;
    }
    if (variable.name == "APP_NAME") {
      pieces_.emplace_back();
    } else if (!environment) {
      pieces_.back() += text.substr(0, variable.length);
    } else {
      pieces_.back() += environment(variable.name).value_or("");
    }
    text.remove_prefix(variable.length);
  }
}

std::string Template::expand(std::string_view app) const {
  std::string result = pieces_.front();
  for (std::size_t i = 1; i < pieces_.size(); ++i) {
    result += app;
    result += pieces_[i];
  }
  return result;
}

}  // namespace fas::metrics
