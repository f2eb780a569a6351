// The whole configuration, checked: from the environment first, then a YAML file that overrides it key by key, as the
// Go fly-autoscaler does. Keys, defaults, environment names and messages are those of docs/configuration.md.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/duration.h"
#include "base/error.h"
#include "config/coordination.h"
#include "metrics/registry.h"
#include "scale/behavior.h"
#include "scale/candidates.h"
#include "scale/schedule.h"

namespace fas::config {

// Where a value came from, for messages: "fas.yml:12:3" or "FAS_INTERVAL".
struct Origin {
  std::string file;  // empty: the environment
  int line = 0;      // from 1; 0: none
  int column = 0;    // from 1
  std::string env;   // the variable's name
};
std::string to_string(const Origin& origin);

// An Expr text with its place, so that an error in it can point into the file.
struct Expression {
  std::string text;
  Origin origin;
};

struct Collector {
  std::string type;
  std::string metric_name;
  metrics::Settings settings;  // the kind's fields and the common ones
  Origin origin;
};

// One value as it was written, fit to be shown: secrets, what variables have put in and what stands before the @ of a
// URL are hidden.
struct ShownSetting {
  std::string name;   // "metric-collectors[0]: query"
  std::string value;  // "(secret)" where it is one
  Origin origin;
};

enum class InitialState { kStarted, kStopped };
enum class StopMethod { kStop, kSuspend };

// The four ends of the two counts; a plain count sets both ends of its pair, and is then copied to both here.
struct CountExpressions {
  std::optional<Expression> min_created, max_created;
  std::optional<Expression> min_started, max_started;
};

// What one policy says about the apps that it is for.
struct AppConfig {
  std::string app_name;  // may hold `*`
  std::vector<std::string> regions;
  std::string process_group = "app";
  CountExpressions counts;
  InitialState initial_machine_state = InitialState::kStarted;
  std::vector<Collector> collectors;

  // Off by default: what shapes a decision besides the expressions (scale/behavior.h).
  scale::Behavior behavior;
  bool fallback = false;  // on-failure: action
  int fallback_after = 3;
  CountExpressions fallback_counts;
  scale::Clamp limits;
  std::vector<scale::Schedule> schedules;
  scale::ScaleInOrder scale_in_order = scale::ScaleInOrder::kDefault;
  scale::ScaleOutOrder scale_out_order = scale::ScaleOutOrder::kDefault;
  std::optional<Expression> scale_in_rank;
  std::string busy_metric;
  std::string busy_label = "instance";
  Duration busy_timeout{0};
  int max_actions_per_tick = 0;
  StopMethod stop_method = StopMethod::kStop;
  bool cordon = true;
  bool paused = false;

  bool wildcard() const { return app_name.find('*') != std::string::npos; }
};

// The process, and what the policies have in common.
struct Config : AppConfig {
  std::string org;
  int concurrency = 1;
  int threads = 1;  // event loops, each with its part of the apps
  Duration interval = std::chrono::seconds(15);
  Duration timeout = std::chrono::seconds(30);
  Duration app_list_refresh_interval = std::chrono::seconds(60);
  std::string api_token;
  std::string admin_token;            // of the API's calls that change something; empty: there are none
  std::string tick_token;             // of the call that wakes an app, and of nothing else
  std::string github_webhook_secret;  // empty: GitHub's webhooks are refused
  Duration wake_interval = std::chrono::seconds(1);
  bool verbose = false;
  bool dry_run = false;  // decide and explain, do nothing
  std::string listen = ":9090";
  std::string state_dir;  // of the history; empty: memory only
  Duration history_max_age = std::chrono::hours(7 * 24);
  std::int64_t history_max_bytes = 256LL << 20U;
  bool api_rate_limits = true;  // keep to the documented limits before the API has to say so
  std::string machines_api_url = "https://api.machines.dev";  // FLY_FLAPS_BASE_URL, without /v1
  std::string graphql_api_url = "https://api.fly.io";         // FLY_API_BASE_URL, without /graphql
  std::optional<Coordination> coordination;                   // none: this process has all apps to itself

  std::vector<ShownSetting> written;  // all that was set, in the order in which it was read
  std::vector<AppConfig> apps;        // of `apps:`, each whole; empty: the one policy that stands above

  // Of which the first whose app-name matches is an app's. A temporary's must not be kept.
  std::span<const AppConfig> policies() const {
    const AppConfig* only = this;
    return apps.empty() ? std::span(only, 1) : std::span(apps);
  }
  bool any_wildcard() const;
};

// What the daemon needs on top of what `eval` and `check` need: api-token, org with a wildcard.
enum class Purpose { kEvaluate, kServe };

using Environment = std::function<std::optional<std::string>(std::string_view name)>;

// `path` empty: the environment alone. Every problem found is in the message, one a line, each
// "file:line:column: what; what to do" (or "FAS_X: ..."); the messages that scripts of the Go program know come out
// verbatim. Never throws; never reads anything but `path` and `environment`.
Result<Config> load(const std::string& path, const Environment& environment, Purpose purpose);

// The same for a text in memory; `name` stands for the file in messages.
Result<Config> load_text(std::string_view yaml, const std::string& name, const Environment& environment,
                         Purpose purpose);

// Of this process.
Environment process_environment();

// A JSON schema (draft 7) of the file, with the keys of every type of collector.
std::string schema_text();

}  // namespace fas::config
