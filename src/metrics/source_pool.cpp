#include "metrics/source_pool.h"

#include <algorithm>
#include <utility>

#include "metrics/shared_source.h"

namespace fas::metrics {
namespace {

bool equal(const Settings& a, const Settings& b);

bool equal(const FieldValue& a, const FieldValue& b) {
  using Object = std::shared_ptr<const Settings>;
  const Object* x = std::get_if<Object>(&a);
  const Object* y = std::get_if<Object>(&b);
  if (x == nullptr || y == nullptr) return a == b;
  return *x == *y || (*x != nullptr && *y != nullptr && equal(**x, **y));
}

bool equal(const Settings& a, const Settings& b) {
  return std::ranges::equal(
      a.values, b.values, [](const auto& x, const auto& y) { return x.first == y.first && equal(x.second, y.second); });
}

// Whatever the field: where no app is meant, asking for each by itself costs a call and nothing else.
struct NamesApp {
  bool operator()(const std::string& text) const { return text.contains("APP_NAME"); }
  bool operator()(const std::vector<std::string>& list) const { return std::ranges::any_of(list, *this); }
  bool operator()(const std::map<std::string, std::string>& map) const {
    return std::ranges::any_of(map,
                               [this](const auto& entry) { return (*this)(entry.first) || (*this)(entry.second); });
  }
  bool operator()(const std::shared_ptr<const Settings>& object) const {
    return object != nullptr && depends_on_app(*object);
  }
  bool operator()(const auto& /*number*/) const { return false; }
};

}  // namespace

bool equal_settings(const Settings& a, const Settings& b) { return equal(a, b); }

bool depends_on_app(const Settings& settings) {
  return std::ranges::any_of(settings.values, [](const auto& entry) { return std::visit(NamesApp{}, entry.second); });
}

Result<std::shared_ptr<Source>> SourcePool::get(const SourceKind& kind, const Settings& settings,
                                                const SourceContext& context) {
  for (const Entry& entry : entries_) {
    if (entry.type == kind.type && equal(entry.settings, settings)) return entry.source;
  }
  Result<std::unique_ptr<Source>> made = kind.make(context, settings);
  if (!made) return std::unexpected(std::move(made.error()));
  // What is grouped differs from app to app though the question does not, and keeps its own replies.
  const bool grouped = settings.has("group-by");
  const Duration cache = grouped ? Duration{0} : settings.duration("cache", Duration{0});
  auto shared = std::make_shared<SharedSource>(std::move(*made), context.loop.get_executor(), context.clock,
                                               grouped || depends_on_app(settings), cache);
  entries_.push_back({.type = kind.type, .settings = settings, .source = shared});
  return shared;
}

}  // namespace fas::metrics
