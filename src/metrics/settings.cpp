#include "metrics/registry.h"

namespace fas::metrics {
namespace {

// Null when the key is absent. The table has made sure of the type, so another one is treated as absent, too.
template <class T>
const T* find(const Settings& settings, std::string_view key) {
  const auto it = settings.values.find(key);
  return it == settings.values.end() ? nullptr : std::get_if<T>(&it->second);
}

template <class T>
T get(const Settings& settings, std::string_view key, T fallback) {
  const T* value = find<T>(settings, key);
  return value != nullptr ? *value : fallback;
}

}  // namespace

std::string Settings::text(std::string_view key, std::string_view fallback) const {
  return get<std::string>(*this, key, std::string(fallback));
}

double Settings::number(std::string_view key, double fallback) const { return get(*this, key, fallback); }

std::int64_t Settings::integer(std::string_view key, std::int64_t fallback) const { return get(*this, key, fallback); }

bool Settings::flag(std::string_view key, bool fallback) const { return get(*this, key, fallback); }

Duration Settings::duration(std::string_view key, Duration fallback) const { return get(*this, key, fallback); }

std::vector<std::string> Settings::list(std::string_view key) const {
  return get<std::vector<std::string>>(*this, key, {});
}

std::map<std::string, std::string> Settings::map(std::string_view key) const {
  return get<std::map<std::string, std::string>>(*this, key, {});
}

std::shared_ptr<const Settings> Settings::object(std::string_view key) const {
  return get<std::shared_ptr<const Settings>>(*this, key, nullptr);
}

}  // namespace fas::metrics
