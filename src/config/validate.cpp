#include "config/validate.h"

#include <fmt/format.h>

#include <optional>
#include <string>
#include <string_view>

namespace fas::config {
namespace {

bool any(const CountTexts& texts) { return texts.exact || texts.min || texts.max; }

// Whether the user tried to write any of the counts, and was told what is wrong with it.
bool attempted_count(const Reading& reading) {
  for (const std::string_view pair : {"created", "started"}) {
    for (const std::string_view end : {"", "min-", "max-"}) {
      if (reading.attempted(fmt::format("{}{}-machine-count", end, pair))) return true;
    }
  }
  return false;
}

void check_pair(Reading& reading, const CountTexts& texts, std::string_view pair) {
  if (texts.exact && (texts.min || texts.max)) {
    reading.problem(fmt::format("cannot define {0} machine count and min/max {0} machine count", pair));
    return;
  }
  const auto require = [&](std::string_view missing, std::string_view defined) {
    if (reading.attempted(fmt::format("{}-{}-machine-count", missing, pair))) return;
    reading.problem(
        fmt::format("{0} {2} machine count required if {1} {2} machine count is defined", missing, defined, pair));
  };
  if (texts.min && !texts.max) require("max", "min");
  if (texts.max && !texts.min) require("min", "max");
}

void settle(const CountTexts& texts, std::optional<Expression>& min, std::optional<Expression>& max) {
  min = texts.exact ? texts.exact : texts.min;
  max = texts.exact ? texts.exact : texts.max;
}

void check_for_serving(Reading& reading, const Config& config) {
  if (config.api_token.empty() && !reading.attempted("api-token")) reading.problem("api token required");
  if (config.wildcard() && config.org.empty() && !reading.attempted("org")) {
    reading.problem("organization required if app name uses a wildcard");
  }
}

}  // namespace

void check_draft(Reading& reading, Draft& draft, const CollectorKinds& kinds, Purpose purpose) {
  if (draft.config.app_name.empty() && !reading.attempted("app-name")) reading.problem("app name required");
  if (!any(draft.created) && !any(draft.started) && !attempted_count(reading)) {
    reading.problem("must define either created machine count or started machine count");
  }
  check_pair(reading, draft.created, "created");
  check_pair(reading, draft.started, "started");
  check_collectors(reading, draft.config.collectors, kinds);
  if (purpose == Purpose::kServe) check_for_serving(reading, draft.config);
  settle(draft.created, draft.config.min_created, draft.config.max_created);
  settle(draft.started, draft.config.min_started, draft.config.max_started);
}

}  // namespace fas::config
