#include "config/keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "config/behavior_keys.h"
#include "config/coordination_keys.h"
#include "config/set.h"

namespace fas::config {
namespace {

constexpr std::string_view kCollectorsKey = "metric-collectors";
constexpr std::string_view kAppsKey = "apps";
constexpr std::size_t kMaxApps = 1000;

template <class T>
using Choice = std::pair<std::string_view, T>;

void set_regions(Reading& /*reading*/, AppConfig& app, const Written& value) { app.regions = split_list(value.text); }

void set_initial_state(Reading& reading, AppConfig& app, const Written& value) {
  if (value.text == "started" || value.text == "stopped") {
    app.initial_machine_state = value.text == "started" ? InitialState::kStarted : InitialState::kStopped;
  } else {
    reading.problem("initial machine state must be either 'started' or 'stopped'");
  }
}

nlohmann::ordered_json initial_state_schema() { return choice_schema({"started", "stopped"}); }

void set_tolerance(Reading& reading, AppConfig& app, const Written& value) {
  const auto tolerance = read_number(reading, value);
  if (!tolerance) return;
  if (*tolerance < 0 || *tolerance >= 1) {
    reading.problem_at(value, fmt::format("{} must be at least 0 and less than 1; 0.1 stands for 10%", value.name));
    return;
  }
  app.behavior.tolerance = *tolerance;
}

constexpr auto kScaleInOrders = [] {
  using scale::ScaleInOrder;
  return std::array{Choice<ScaleInOrder>{"default", ScaleInOrder::kDefault},
                    Choice<ScaleInOrder>{"oldest", ScaleInOrder::kOldest},
                    Choice<ScaleInOrder>{"newest", ScaleInOrder::kNewest},
                    Choice<ScaleInOrder>{"region-balance", ScaleInOrder::kRegionBalance}};
};
constexpr auto kScaleOutOrders = [] {
  using scale::ScaleOutOrder;
  return std::array{Choice<ScaleOutOrder>{"default", ScaleOutOrder::kDefault},
                    Choice<ScaleOutOrder>{"region-balance", ScaleOutOrder::kRegionBalance}};
};
constexpr auto kStopMethods = [] {
  return std::array{Choice<StopMethod>{"stop", StopMethod::kStop}, Choice<StopMethod>{"suspend", StopMethod::kSuspend}};
};

void set_rank(Reading& /*reading*/, AppConfig& app, const Written& value) { app.scale_in_rank = expression_of(value); }

void set_history_size(Reading& reading, Config& config, const Written& value) {
  constexpr std::int64_t kLeast = 1;
  constexpr std::int64_t kMost = 1 << 20;
  const auto megabytes = read_integer(reading, value);
  if (!megabytes) return;
  if (*megabytes < kLeast || *megabytes > kMost) {
    reading.problem_at(value, fmt::format("{} must be from {} to {} (MiB)", value.name, kLeast, kMost));
    return;
  }
  config.history_max_bytes = *megabytes << 20U;
}

void set_listen(Reading& reading, Config& config, const Written& value) {
  const std::size_t colon = value.text.rfind(':');
  const std::string_view port = colon == std::string::npos ? "" : std::string_view(value.text).substr(colon + 1);
  const bool digits =
      !port.empty() && port.size() <= 5 && std::ranges::all_of(port, [](char c) { return c >= '0' && c <= '9'; });
  constexpr int kHighestPort = 65535;
  if (!digits || std::stoi(std::string(port)) > kHighestPort) {
    reading.problem_at(value,
                       fmt::format("cannot listen on {}; write \":9090\" or \"127.0.0.1:9090\"", reading.quote(value)));
    return;
  }
  config.listen = value.text;
}

// Whoever knows it may have machines started and stopped: it must not be a word that can be guessed.
template <std::string Config::* member>
void set_strong_secret(Reading& reading, Config& config, const Written& value) {
  constexpr std::size_t kShortest = 16;
  if (value.text.size() < kShortest) {
    reading.problem_at(
        value, fmt::format("{} must have at least {} characters; `openssl rand -hex 32` makes a good one", value.name,
                           kShortest));
    return;
  }
  config.*member = value.text;
}

template <std::string Config::* member>
constexpr Setter<Config> kStrongSecret = {set_strong_secret<member>, text_schema};

// Without a slash at the end, or the `suffix` that the clients put there themselves.
template <std::string Config::* member>
void set_url(Reading& reading, Config& config, const Written& value, std::string_view suffix) {
  std::string_view url = value.text;
  const std::string scheme = to_lower_ascii(url.substr(0, url.find("://")));
  if (url.find("://") == std::string_view::npos || (scheme != "http" && scheme != "https")) {
    reading.problem_at(value, "must begin with http:// or https://");
    return;
  }
  while (url.ends_with('/')) url.remove_suffix(1);
  if (url.ends_with(suffix)) url.remove_suffix(suffix.size());
  config.*member = url;
}

void set_machines_url(Reading& reading, Config& config, const Written& value) {
  set_url<&Config::machines_api_url>(reading, config, value, "/v1");
}
void set_graphql_url(Reading& reading, Config& config, const Written& value) {
  set_url<&Config::graphql_api_url>(reading, config, value, "/graphql");
}

constexpr auto kCounts = &AppDraft::counts;
constexpr auto kCreated = &CountPairs::created;
constexpr auto kStarted = &CountPairs::started;
constexpr auto kExact = &CountTexts::exact;
constexpr auto kMin = &CountTexts::min;
constexpr auto kMax = &CountTexts::max;

constexpr Setter<AppConfig> kRegions = {set_regions, text_list_schema};
constexpr Setter<AppConfig> kInitialState = {set_initial_state, initial_state_schema};
constexpr Setter<AppConfig> kTolerance = {set_tolerance, number_schema};
constexpr Setter<AppConfig> kRank = {set_rank, expression_schema};

constexpr Key<AppDraft> kAppKeys[] = {
    {.name = "app-name", .env = "FAS_APP_NAME", .set = kOfApp<kText<&AppConfig::app_name>>},
    {.name = "regions", .env = "FAS_REGIONS", .is_list = true, .set = kOfApp<kRegions>},
    {.name = "process-group", .env = "FAS_PROCESS_GROUP", .set = kOfApp<kText<&AppConfig::process_group>>},
    {.name = "created-machine-count", .env = "FAS_CREATED_MACHINE_COUNT", .set = kCount<kCounts, kCreated, kExact>},
    {.name = "min-created-machine-count",
     .env = "FAS_MIN_CREATED_MACHINE_COUNT",
     .set = kCount<kCounts, kCreated, kMin>},
    {.name = "max-created-machine-count",
     .env = "FAS_MAX_CREATED_MACHINE_COUNT",
     .set = kCount<kCounts, kCreated, kMax>},
    {.name = "started-machine-count", .env = "FAS_STARTED_MACHINE_COUNT", .set = kCount<kCounts, kStarted, kExact>},
    {.name = "min-started-machine-count",
     .env = "FAS_MIN_STARTED_MACHINE_COUNT",
     .set = kCount<kCounts, kStarted, kMin>},
    {.name = "max-started-machine-count",
     .env = "FAS_MAX_STARTED_MACHINE_COUNT",
     .set = kCount<kCounts, kStarted, kMax>},
    {.name = "initial-machine-state", .env = "FAS_INITIAL_MACHINE_STATE", .set = kOfApp<kInitialState>},
    {.name = "tolerance", .env = "FAS_TOLERANCE", .set = kOfApp<kTolerance>},
    {.name = "scale-in-order",
     .env = "FAS_SCALE_IN_ORDER",
     .set = kOfApp<kChoice<&AppConfig::scale_in_order, kScaleInOrders>>},
    {.name = "scale-out-order",
     .env = "FAS_SCALE_OUT_ORDER",
     .set = kOfApp<kChoice<&AppConfig::scale_out_order, kScaleOutOrders>>},
    {.name = "scale-in-rank", .env = "FAS_SCALE_IN_RANK", .set = kOfApp<kRank>},
    {.name = "busy-metric", .env = "FAS_BUSY_METRIC", .set = kOfApp<kText<&AppConfig::busy_metric>>},
    {.name = "busy-metric-label", .env = "FAS_BUSY_METRIC_LABEL", .set = kOfApp<kText<&AppConfig::busy_label>>},
    {.name = "busy-timeout", .env = "FAS_BUSY_TIMEOUT", .set = kOfApp<kDuration<&AppConfig::busy_timeout>>},
    {.name = "max-actions-per-tick",
     .env = "FAS_MAX_ACTIONS_PER_TICK",
     .set = kOfApp<kInteger<&AppConfig::max_actions_per_tick, 0>>},
    {.name = "stop-method", .env = "FAS_STOP_METHOD", .set = kOfApp<kChoice<&AppConfig::stop_method, kStopMethods>>},
    {.name = "cordon", .env = "FAS_CORDON", .set = kOfApp<kBool<&AppConfig::cordon>>},
    {.name = "paused", .env = "FAS_PAUSED", .set = kOfApp<kBool<&AppConfig::paused>>},
};

constexpr Key<Config> kProcessKeys[] = {
    {.name = "org", .env = "FAS_ORG", .set = kText<&Config::org>},
    {.name = "concurrency", .env = "FAS_CONCURRENCY", .set = kInteger<&Config::concurrency, 1>},
    {.name = "threads", .env = "FAS_THREADS", .set = kInteger<&Config::threads, 1, 64>},
    {.name = "interval", .env = "FAS_INTERVAL", .set = kPositiveDuration<&Config::interval>},
    {.name = "timeout", .env = "FAS_TIMEOUT", .set = kPositiveDuration<&Config::timeout>},
    {.name = "app-list-refresh-interval",
     .env = "FAS_APP_LIST_REFRESH_INTERVAL",
     .set = kPositiveDuration<&Config::app_list_refresh_interval>},
    {.name = "api-token", .env = "FAS_API_TOKEN", .secret = true, .set = kText<&Config::api_token>},
    {.name = "admin-token", .env = "FAS_ADMIN_TOKEN", .secret = true, .set = kStrongSecret<&Config::admin_token>},
    {.name = "tick-token", .env = "FAS_TICK_TOKEN", .secret = true, .set = kStrongSecret<&Config::tick_token>},
    {.name = "github-webhook-secret",
     .env = "FAS_GITHUB_WEBHOOK_SECRET",
     .secret = true,
     .set = kStrongSecret<&Config::github_webhook_secret>},
    {.name = "wake-interval", .env = "FAS_WAKE_INTERVAL", .set = kDuration<&Config::wake_interval>},
    {.name = "verbose", .set = kBool<&Config::verbose>},
    {.name = "dry-run", .env = "FAS_DRY_RUN", .set = kBool<&Config::dry_run>},
    {.name = "listen", .env = "FAS_LISTEN", .set = {set_listen, text_schema}},
    {.name = "state-dir", .env = "FAS_STATE_DIR", .set = kText<&Config::state_dir>},
    {.name = "history-max-age", .env = "FAS_HISTORY_MAX_AGE", .set = kPositiveDuration<&Config::history_max_age>},
    {.name = "history-max-mb",
     .env = "FAS_HISTORY_MAX_MB",
     .set = {set_history_size, [] { return integer_schema(1); }}},
    {.name = "api-rate-limits", .env = "FAS_API_RATE_LIMITS", .set = kBool<&Config::api_rate_limits>},
    {.name = "coordination", .read = read_coordination, .schema = coordination_schema},
};

// What the environment alone says: where the two APIs are, under the names that Fly's own tools use.
constexpr Key<Config> kEnvironmentOnly[] = {
    {.name = "", .env = "FLY_FLAPS_BASE_URL", .set = {set_machines_url, text_schema}},
    {.name = "", .env = "FLY_API_BASE_URL", .set = {set_graphql_url, text_schema}},
};

void add_app_key_names(std::vector<std::string_view>& names) {
  names.push_back(kCollectorsKey);
  for (const Key<AppDraft>& key : kAppKeys) names.push_back(key.name);
  for (const Key<AppDraft>& key : behavior_keys()) names.push_back(key.name);
}

const YamlNode* find_value(const std::vector<YamlEntry>& entries, std::string_view name) {
  const auto found = std::ranges::find_if(entries, [&](const YamlEntry& entry) { return entry.key->scalar == name; });
  if (found == entries.end() || found->value->kind == YamlNode::Kind::kNull) return nullptr;
  return found->value;
}

void read_app_entries(Reading& reading, AppDraft& draft, const std::vector<YamlEntry>& entries,
                      const std::string& prefix, const CollectorKinds& kinds) {
  read_entries<AppDraft>(reading, draft, entries, kAppKeys, prefix);
  read_entries<AppDraft>(reading, draft, entries, behavior_keys(), prefix);
  if (const YamlNode* collectors = find_value(entries, kCollectorsKey)) {
    draft.config.collectors = read_collectors(reading, *collectors, kinds, prefix);
    draft.own_collectors = true;
  }
}

// An entry that writes any end of a pair means the whole pair: what it inherits of it does not count.
void drop_inherited_counts(AppDraft& draft, const std::vector<YamlEntry>& entries) {
  for (const auto& [name, pair] : {std::pair("created", &draft.counts.created), {"started", &draft.counts.started}}) {
    for (const std::string_view end : {"", "min-", "max-"}) {
      if (find_value(entries, fmt::format("{}{}-machine-count", end, name)) != nullptr) *pair = {};
    }
  }
}

void read_apps(Reading& reading, Draft& draft, const YamlNode& node, const CollectorKinds& kinds) {
  if (!require_list(reading, node, std::string(kAppsKey))) return;
  if (node.items.size() > kMaxApps) {
    return reading.problem_at(node, fmt::format("{} has more than {} entries", kAppsKey, kMaxApps));
  }
  std::vector<std::string_view> known;
  add_app_key_names(known);
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    const std::string name = fmt::format("{}[{}]", kAppsKey, i);
    if (!require_map(reading, *node.items[i], name)) continue;
    std::vector<YamlEntry> entries = reading.entries(*node.items[i]);
    reading.drop_unknown(entries, name + ".", known);
    AppDraft app = draft.app;
    app.own_collectors = false;
    drop_inherited_counts(app, entries);
    read_app_entries(reading, app, entries, name + ".", kinds);
    draft.apps.push_back(std::move(app));
  }
}

}  // namespace

nlohmann::ordered_json schema(const CollectorKinds& kinds) {
  nlohmann::ordered_json policy = nlohmann::ordered_json::object();
  add_properties<AppDraft>(policy, kAppKeys);
  add_properties<AppDraft>(policy, behavior_keys());
  policy[std::string(kCollectorsKey)] = {{"$ref", "#/$defs/metric-collectors"}};
  nlohmann::ordered_json process = policy;
  add_properties<Config>(process, kProcessKeys);
  process[std::string(kAppsKey)] = {{"type", "array"}, {"items", object_schema(std::move(policy))}};
  nlohmann::ordered_json result = {{"$schema", "http://json-schema.org/draft-07/schema#"}, {"title", "fly-autoscaler"}};
  result.update(object_schema(std::move(process)));
  result["$defs"] = definitions(kinds);
  return result;
}

std::vector<KeyName> top_level_keys() {
  std::vector<KeyName> names;
  for (const Key<AppDraft>& key : kAppKeys) names.push_back({key.name, key.env});
  for (const Key<AppDraft>& key : behavior_keys()) names.push_back({key.name, key.env});
  for (const Key<Config>& key : kProcessKeys) names.push_back({key.name, key.env});
  return names;
}

void read_environment(Reading& reading, Draft& draft, const CollectorKinds& kinds) {
  read_variables<AppDraft>(reading, draft.app, kAppKeys);
  read_variables<Config>(reading, draft.config, kProcessKeys);
  read_variables<Config>(reading, draft.config, kEnvironmentOnly);
  draft.app.config.collectors = read_environment_collectors(reading, kinds);
}

void read_file(Reading& reading, Draft& draft, const YamlNode& root, const CollectorKinds& kinds) {
  if (root.kind == YamlNode::Kind::kNull) return;
  if (root.kind != YamlNode::Kind::kMap) {
    reading.problem_at(root, fmt::format("must be a map of keys to values, not {}", describe(root.kind)));
    return;
  }
  std::vector<std::string_view> known = {kAppsKey};
  add_app_key_names(known);
  for (const Key<Config>& key : kProcessKeys) known.push_back(key.name);
  std::vector<YamlEntry> entries = reading.entries(root);
  reading.drop_unknown(entries, "", known);
  read_entries<Config>(reading, draft.config, entries, kProcessKeys, "");
  read_app_entries(reading, draft.app, entries, "", kinds);
  // Last: an entry inherits what stands above, wherever in the file it stands.
  if (const YamlNode* apps = find_value(entries, kAppsKey)) read_apps(reading, draft, *apps, kinds);
}

}  // namespace fas::config
