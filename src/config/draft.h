// A configuration while it is being put together; check_draft() makes it whole.
#pragma once

#include <optional>
#include <vector>

#include "config/config.h"

namespace fas::config {

// One pair of counts as written. An empty expression counts as not written, as in the Go program.
struct CountTexts {
  std::optional<Expression> exact, min, max;
  bool any() const { return exact || min || max; }
};

struct CountPairs {
  CountTexts created, started;
};

struct AppDraft {
  AppConfig config;
  CountPairs counts, fallback;
  bool own_collectors = false;  // of an entry of `apps`: it has a metric-collectors of its own
};

struct Draft {
  Config config;  // of the process; what concerns apps is in `app`
  AppDraft app;
  std::vector<AppDraft> apps;
};

}  // namespace fas::config
