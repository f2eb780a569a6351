#include "config/validate.h"

#include <fmt/format.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace fas::config {
namespace {

// One policy as a whole: the top-level one, or an entry of `apps`, whose name stands before every message.
class PolicyCheck {
 public:
  PolicyCheck(Reading& reading, AppDraft& draft, std::string name) : reading_(reading), draft_(draft) {
    if (name.empty()) return;
    key_prefix_ = name + ".";
    prefix_ = name + ": ";
  }

  void run() {
    if (draft_.config.app_name.empty() && !attempted("app-name")) problem("app name required");
    if (!draft_.counts.created.any() && !draft_.counts.started.any() && !attempted_count()) {
      problem("must define either created machine count or started machine count");
    }
    check_pair(draft_.counts.created, "created", "");
    check_pair(draft_.counts.started, "started", "");
    check_fallback();
    check_clamp(draft_.config.limits, "limits");
    for (const scale::Schedule& schedule : draft_.config.schedules) {
      check_clamp(schedule.clamp(), fmt::format("schedule \"{}\"", reading_.redact(schedule.name())));
    }
    settle(draft_.counts, draft_.config.counts);
    settle(draft_.fallback, draft_.config.fallback_counts);
  }

 private:
  void problem(std::string_view message) { reading_.problem(prefix_ + std::string(message)); }
  bool attempted(const std::string& key) const { return reading_.attempted(key_prefix_ + key); }

  // Whether the user tried to write any of the counts, and was told what is wrong with it.
  bool attempted_count() const {
    for (const std::string_view pair : {"created", "started"}) {
      for (const std::string_view end : {"", "min-", "max-"}) {
        if (attempted(fmt::format("{}{}-machine-count", end, pair))) return true;
      }
    }
    return false;
  }

  void check_pair(const CountTexts& texts, std::string_view pair, std::string_view where) {
    if (texts.exact && (texts.min || texts.max)) {
      problem(fmt::format("{1}cannot define {0} machine count and min/max {0} machine count", pair, where));
      return;
    }
    const auto require = [&](std::string_view missing, std::string_view defined) {
      if (attempted(fmt::format("{}-{}-machine-count", missing, pair))) return;
      problem(fmt::format("{3}{0} {2} machine count required if {1} {2} machine count is defined", missing, defined,
                          pair, where));
    };
    if (texts.min && !texts.max) require("max", "min");
    if (texts.max && !texts.min) require("min", "max");
  }

  void check_fallback() {
    const bool any = draft_.fallback.created.any() || draft_.fallback.started.any();
    if (draft_.config.fallback && !any) {
      problem("on-failure: action fallback needs a count, as in started-machine-count: \"3\"");
    }
    if (!draft_.config.fallback && any) {
      problem("on-failure: a count has no effect without action: \"fallback\"");
    }
    check_pair(draft_.fallback.created, "created", "on-failure: ");
    check_pair(draft_.fallback.started, "started", "on-failure: ");
  }

  // A floor under a count that no expression sets would do nothing.
  void check_clamp(const scale::Clamp& clamp, std::string_view what) {
    const auto check = [&](const scale::Bounds& bounds, const CountTexts& texts, std::string_view pair) {
      if (bounds.min && bounds.max && *bounds.min > *bounds.max) {
        problem(fmt::format("{}: min-{} is above max-{}", what, pair, pair));
      }
      if ((bounds.min || bounds.max) && !texts.any()) {
        problem(fmt::format("{0}: min-{1} and max-{1} have no effect without a {1} machine count", what, pair));
      }
    };
    check(clamp.created, draft_.counts.created, "created");
    check(clamp.started, draft_.counts.started, "started");
  }

  static void settle(const CountPairs& pairs, CountExpressions& counts) {
    counts.min_created = pairs.created.exact ? pairs.created.exact : pairs.created.min;
    counts.max_created = pairs.created.exact ? pairs.created.exact : pairs.created.max;
    counts.min_started = pairs.started.exact ? pairs.started.exact : pairs.started.min;
    counts.max_started = pairs.started.exact ? pairs.started.exact : pairs.started.max;
  }

  Reading& reading_;
  AppDraft& draft_;
  std::string key_prefix_;
  std::string prefix_;
};

void check_for_serving(Reading& reading, const Config& config) {
  if (config.api_token.empty() && !reading.attempted("api-token")) reading.problem("api token required");
  if (config.any_wildcard() && config.org.empty() && !reading.attempted("org")) {
    reading.problem("organization required if app name uses a wildcard");
  }
}

}  // namespace

void check_draft(Reading& reading, Draft& draft, const CollectorKinds& kinds, Purpose purpose) {
  if (draft.apps.empty()) PolicyCheck(reading, draft.app, "").run();
  for (std::size_t i = 0; i < draft.apps.size(); ++i) {
    PolicyCheck(reading, draft.apps[i], fmt::format("apps[{}]", i)).run();
  }
  check_collectors(reading, draft.app.config.collectors, kinds, "");
  for (std::size_t i = 0; i < draft.apps.size(); ++i) {
    const AppDraft& app = draft.apps[i];
    if (app.own_collectors) check_collectors(reading, app.config.collectors, kinds, fmt::format("apps[{}].", i));
  }
  static_cast<AppConfig&>(draft.config) = std::move(draft.app.config);
  for (AppDraft& app : draft.apps) draft.config.apps.push_back(std::move(app.config));
  if (purpose == Purpose::kServe) check_for_serving(reading, draft.config);
}

}  // namespace fas::config
