// The whole configuration, checked: from the environment first, then a YAML file that overrides it key by key, as the
// Go fly-autoscaler does. Keys, defaults, environment names and messages are those of docs/configuration.md.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/duration.h"
#include "base/error.h"
#include "metrics/registry.h"

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

enum class InitialState { kStarted, kStopped };

struct Config {
  std::string app_name;  // may hold `*`
  std::string org;
  std::vector<std::string> regions;
  std::string process_group = "app";

  // At most four are used: a plain count sets both ends, and is then copied to both here.
  std::optional<Expression> min_created;
  std::optional<Expression> max_created;
  std::optional<Expression> min_started;
  std::optional<Expression> max_started;

  InitialState initial_machine_state = InitialState::kStarted;
  int concurrency = 1;
  Duration interval = std::chrono::seconds(15);
  Duration timeout = std::chrono::seconds(30);
  Duration app_list_refresh_interval = std::chrono::seconds(60);
  std::string api_token;
  bool verbose = false;
  std::string listen = ":9090";
  bool api_rate_limits = true;  // keep to the documented limits before the API has to say so
  std::string machines_api_url = "https://api.machines.dev";  // FLY_FLAPS_BASE_URL, without /v1
  std::string graphql_api_url = "https://api.fly.io";         // FLY_API_BASE_URL, without /graphql

  std::vector<Collector> collectors;

  bool wildcard() const { return app_name.find('*') != std::string::npos; }
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

}  // namespace fas::config
