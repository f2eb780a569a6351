// The sources of a whole configuration: collectors with equal settings, of one policy or of several, share one.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "metrics/registry.h"
#include "metrics/source.h"

namespace fas::metrics {

class SourcePool {
 public:
  // The source of an earlier call with equal arguments, or a new one. Settings are valid ones. Errors: kInvalid when a
  // source cannot be made of them (bad PEM text, unusable address).
  Result<std::shared_ptr<Source>> get(const SourceKind& kind, const Settings& settings, const SourceContext& context);

 private:
  struct Entry {
    std::string_view type;
    Settings settings;
    std::shared_ptr<Source> source;
  };
  std::vector<Entry> entries_;
};

bool equal_settings(const Settings& a, const Settings& b);

// Does a text of the settings name the tick's app?
bool depends_on_app(const Settings& settings);

}  // namespace fas::metrics
