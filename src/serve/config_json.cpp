#include "serve/config_json.h"

#include <charconv>
#include <cstddef>
#include <string_view>

namespace fas::serve {
namespace {

constexpr std::size_t kMostItems = 10'000;  // a number in a name is a place in a list, never beyond its file

// The next key of "apps[0].scale-up.policies[1]: value", and its place where it is that of a list.
struct Step {
  std::string_view key;
  std::optional<std::size_t> index;
};

Step take_step(std::string_view& rest) {
  const std::size_t end = rest.find_first_of(".:");
  std::string_view part = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  while (rest.starts_with(' ')) rest.remove_prefix(1);
  Step step{.key = part, .index = {}};
  const std::size_t bracket = part.find('[');
  std::size_t index = 0;
  if (bracket != std::string_view::npos && part.ends_with(']')) {
    const char* last = part.data() + part.size() - 1;
    const auto [stop, error] = std::from_chars(part.data() + bracket + 1, last, index);
    if (error == std::errc{} && stop == last && index < kMostItems) {
      step = {.key = part.substr(0, bracket), .index = index};
    }
  }
  return step;
}

// What was set twice, by the environment and the file for example, keeps the last; a list's items come one by one.
void put(Json& place, std::string_view value) {
  if (place.is_null()) {
    place = value;
  } else if (place.is_array()) {
    place.push_back(value);
  } else if (place.is_string()) {
    place = Json::array({place, value});
  }
}

}  // namespace

Json config_tree(std::span<const config::ShownSetting> settings) {
  Json tree = Json::object();
  for (const config::ShownSetting& setting : settings) {
    Json* place = &tree;
    std::string_view rest = setting.name;
    while (!rest.empty() && place != nullptr) {
      const Step step = take_step(rest);
      if (place->is_null()) *place = Json::object();
      place = place->is_object() ? &(*place)[std::string(step.key)] : nullptr;
      if (place == nullptr || !step.index) continue;
      if (place->is_null()) *place = Json::array();
      if (!place->is_array()) {
        place = nullptr;
        continue;
      }
      while (place->size() <= *step.index) place->push_back(nullptr);
      place = &(*place)[*step.index];
    }
    if (place != nullptr) put(*place, setting.value);
  }
  return tree;
}

}  // namespace fas::serve
