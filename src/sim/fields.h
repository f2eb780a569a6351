// Reads the members of a JSON object that the control API was sent, and notes what is wrong with them.
#pragma once

#include <fmt/format.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/duration.h"
#include "base/error.h"

namespace fas::sim {

// Each read takes one member: false, and `target` as it was, where the object has none of that name. done() refuses the
// whole where a member was of the wrong type, or was never asked for.
class Fields {
 public:
  using Json = nlohmann::ordered_json;

  explicit Fields(const Json& object) : object_(object) {}

  bool text(std::string_view name, std::string& target) {
    const Json* member = take(name, &Json::is_string, "a text");
    if (member != nullptr) target = member->get<std::string>();
    return member != nullptr;
  }
  bool flag(std::string_view name, bool& target) {
    const Json* member = take(name, &Json::is_boolean, "true or false");
    if (member != nullptr) target = member->get<bool>();
    return member != nullptr;
  }
  bool number(std::string_view name, double& target) {
    const Json* member = take(name, &Json::is_number, "a number");
    if (member != nullptr) target = member->get<double>();
    return member != nullptr;
  }
  bool count(std::string_view name, int& target) {
    double value = 0;
    if (!number(name, value)) return false;
    if (value < -1 || value > 100'000 || value != static_cast<int>(value)) {
      note(name, "a whole number of at most 100000");
      return false;
    }
    target = static_cast<int>(value);
    return true;
  }
  bool duration(std::string_view name, Duration& target) {
    std::string value;
    return text(name, value) && parsed(name, parse_duration(value), target, "a duration such as \"1s\"");
  }
  // A text that T::parse() reads.
  template <class T>
  bool parse(std::string_view name, T& target) {
    std::string value;
    if (!text(name, value)) return false;
    auto result = T::parse(value);
    if (!result) problems_.push_back(std::move(result.error().message));
    if (result) target = std::move(*result);
    return result.has_value();
  }
  // Any member; null where there is none.
  const Json* any(std::string_view name) { return take(name, nullptr, ""); }

  void note(std::string_view name, std::string_view want) {
    problems_.push_back(fmt::format("\"{}\": want {}", name, want));
  }

  Result<void> done() const {
    if (!problems_.empty()) return fail(ErrorKind::kInvalid, problems_.front());
    for (const auto& [name, value] : object_.items()) {
      if (std::find(asked_.begin(), asked_.end(), name) == asked_.end()) {
        return fail(ErrorKind::kInvalid, fmt::format("\"{}\": unknown; there are {}", name, fmt::join(asked_, ", ")));
      }
    }
    return {};
  }

 private:
  using Is = bool (Json::*)() const noexcept;

  template <class T>
  bool parsed(std::string_view name, const std::optional<T>& value, T& target, std::string_view want) {
    if (value) target = *value;
    if (!value) note(name, want);
    return value.has_value();
  }
  const Json* take(std::string_view name, Is is, std::string_view want) {
    asked_.emplace_back(name);
    const auto found = object_.find(name);
    if (found == object_.end()) return nullptr;
    if (is == nullptr || ((*found).*is)()) return &*found;
    note(name, want);
    return nullptr;
  }

  const Json& object_;
  std::vector<std::string> asked_;
  std::vector<std::string> problems_;
};

}  // namespace fas::sim
