#include "config/keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "config/scalar.h"

namespace fas::config {
namespace {

constexpr std::string_view kCollectorsKey = "metric-collectors";

template <std::string Config::* member>
void set_text(Reading& /*reading*/, Draft& draft, const Written& value) {
  draft.config.*member = value.text;
}

template <Duration Config::* member>
void set_duration(Reading& reading, Draft& draft, const Written& value) {
  if (const auto duration = read_positive_duration(reading, value)) draft.config.*member = *duration;
}

template <CountTexts Draft::* pair, std::optional<Expression> CountTexts::* end>
void set_count(Reading& /*reading*/, Draft& draft, const Written& value) {
  std::optional<Expression>& count = draft.*pair.*end;
  if (trim(value.text).empty()) {
    count.reset();
  } else {
    count = Expression{.text = value.text, .origin = value.origin};
  }
}

void set_regions(Reading& /*reading*/, Draft& draft, const Written& value) {
  draft.config.regions = split_list(value.text);
}

void set_initial_state(Reading& reading, Draft& draft, const Written& value) {
  if (value.text == "started" || value.text == "stopped") {
    draft.config.initial_machine_state = value.text == "started" ? InitialState::kStarted : InitialState::kStopped;
  } else {
    reading.problem("initial machine state must be either 'started' or 'stopped'");
  }
}

void set_concurrency(Reading& reading, Draft& draft, const Written& value) {
  const auto concurrency = read_integer(reading, value);
  if (!concurrency) return;
  if (*concurrency < 1 || *concurrency > std::numeric_limits<int>::max()) {
    reading.problem_at(value, "concurrency must be at least 1");
    return;
  }
  draft.config.concurrency = static_cast<int>(*concurrency);
}

void set_verbose(Reading& reading, Draft& draft, const Written& value) {
  if (const auto verbose = read_bool(reading, value)) draft.config.verbose = *verbose;
}

void set_api_rate_limits(Reading& reading, Draft& draft, const Written& value) {
  if (const auto kept = read_bool(reading, value)) draft.config.api_rate_limits = *kept;
}

void set_listen(Reading& reading, Draft& draft, const Written& value) {
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
  draft.config.listen = value.text;
}

// Without a slash at the end, or the `suffix` that the clients put there themselves.
template <std::string Config::* member>
void set_url(Reading& reading, Draft& draft, const Written& value, std::string_view suffix) {
  std::string_view url = value.text;
  const std::string scheme = to_lower_ascii(url.substr(0, url.find("://")));
  if (url.find("://") == std::string_view::npos || (scheme != "http" && scheme != "https")) {
    reading.problem_at(value, "must begin with http:// or https://");
    return;
  }
  while (url.ends_with('/')) url.remove_suffix(1);
  if (url.ends_with(suffix)) url.remove_suffix(suffix.size());
  draft.config.*member = url;
}

void set_machines_url(Reading& reading, Draft& draft, const Written& value) {
  set_url<&Config::machines_api_url>(reading, draft, value, "/v1");
}
void set_graphql_url(Reading& reading, Draft& draft, const Written& value) {
  set_url<&Config::graphql_api_url>(reading, draft, value, "/graphql");
}

constexpr auto kCreated = &Draft::created;
constexpr auto kStarted = &Draft::started;
constexpr auto kExact = &CountTexts::exact;
constexpr auto kMin = &CountTexts::min;
constexpr auto kMax = &CountTexts::max;

constexpr Key kKeys[] = {
    {.name = "app-name", .env = "FAS_APP_NAME", .set = set_text<&Config::app_name>},
    {.name = "org", .env = "FAS_ORG", .set = set_text<&Config::org>},
    {.name = "regions", .env = "FAS_REGIONS", .is_list = true, .set = set_regions},
    {.name = "process-group", .env = "FAS_PROCESS_GROUP", .set = set_text<&Config::process_group>},
    {.name = "created-machine-count", .env = "FAS_CREATED_MACHINE_COUNT", .set = set_count<kCreated, kExact>},
    {.name = "min-created-machine-count", .env = "FAS_MIN_CREATED_MACHINE_COUNT", .set = set_count<kCreated, kMin>},
    {.name = "max-created-machine-count", .env = "FAS_MAX_CREATED_MACHINE_COUNT", .set = set_count<kCreated, kMax>},
    {.name = "started-machine-count", .env = "FAS_STARTED_MACHINE_COUNT", .set = set_count<kStarted, kExact>},
    {.name = "min-started-machine-count", .env = "FAS_MIN_STARTED_MACHINE_COUNT", .set = set_count<kStarted, kMin>},
    {.name = "max-started-machine-count", .env = "FAS_MAX_STARTED_MACHINE_COUNT", .set = set_count<kStarted, kMax>},
    {.name = "initial-machine-state", .env = "FAS_INITIAL_MACHINE_STATE", .set = set_initial_state},
    {.name = "concurrency", .env = "FAS_CONCURRENCY", .set = set_concurrency},
    {.name = "interval", .env = "FAS_INTERVAL", .set = set_duration<&Config::interval>},
    {.name = "timeout", .env = "FAS_TIMEOUT", .set = set_duration<&Config::timeout>},
    {.name = "app-list-refresh-interval",
     .env = "FAS_APP_LIST_REFRESH_INTERVAL",
     .set = set_duration<&Config::app_list_refresh_interval>},
    {.name = "api-token", .env = "FAS_API_TOKEN", .secret = true, .set = set_text<&Config::api_token>},
    {.name = "verbose", .env = "", .set = set_verbose},
    {.name = "listen", .env = "FAS_LISTEN", .set = set_listen},
    {.name = "api-rate-limits", .env = "FAS_API_RATE_LIMITS", .set = set_api_rate_limits},
};

// What the environment alone says: where the two APIs are, under the names that Fly's own tools use.
constexpr Key kEnvironmentOnly[] = {
    {.name = "", .env = "FLY_FLAPS_BASE_URL", .set = set_machines_url},
    {.name = "", .env = "FLY_API_BASE_URL", .set = set_graphql_url},
};

void read_variable(Reading& reading, Draft& draft, const Key& key) {
  if (key.env.empty()) return;
  const std::optional<Written> value = reading.variable(std::string(key.env), key.secret);
  if (value) key.set(reading, draft, *value);
}

// A list becomes the text that stands for it in an environment variable.
std::optional<Written> read_text_list(Reading& reading, const Key& key, const YamlNode& node) {
  if (node.kind != YamlNode::Kind::kList) {
    reading.problem_at(
        node, fmt::format("{} must be a list, not {}; write it as [\"iad\", \"ord\"]", key.name, describe(node.kind)));
    return std::nullopt;
  }
  Written joined{.text = {}, .origin = reading.origin(node), .name = std::string(key.name)};
  for (const YamlNode* item : node.items) {
    if (item->kind != YamlNode::Kind::kScalar) {
      reading.problem_at(*item, fmt::format("{} takes texts, not {}", key.name, describe(item->kind)));
      return std::nullopt;
    }
    joined.text += reading.text(*item) + ',';
  }
  return joined;
}

std::optional<Written> read_value(Reading& reading, const Key& key, const YamlNode& node) {
  if (key.is_list) return read_text_list(reading, key, node);
  if (node.kind == YamlNode::Kind::kScalar) return reading.written(node, std::string(key.name), key.secret);
  reading.problem_at(node, fmt::format("{} must be a single value, not {}", key.name, describe(node.kind)));
  return std::nullopt;
}

void read_entry(Reading& reading, Draft& draft, const YamlEntry& entry, const CollectorKinds& kinds) {
  const std::string& name = entry.key->scalar;
  if (entry.value->kind == YamlNode::Kind::kNull) return;
  if (name == kCollectorsKey) {
    draft.config.collectors = read_collectors(reading, *entry.value, kinds);
    return;
  }
  const auto key = std::ranges::find(kKeys, name, &Key::name);
  if (key == std::end(kKeys)) return;
  if (const auto value = read_value(reading, *key, *entry.value)) {
    key->set(reading, draft, *value);
  } else {
    reading.mark_attempted(name);
  }
}

}  // namespace

std::span<const Key> top_level_keys() { return kKeys; }

void read_environment(Reading& reading, Draft& draft, const CollectorKinds& kinds) {
  for (const Key& key : kKeys) read_variable(reading, draft, key);
  for (const Key& key : kEnvironmentOnly) read_variable(reading, draft, key);
  draft.config.collectors = read_environment_collectors(reading, kinds);
}

void read_file(Reading& reading, Draft& draft, const YamlNode& root, const CollectorKinds& kinds) {
  if (root.kind == YamlNode::Kind::kNull) return;
  if (root.kind != YamlNode::Kind::kMap) {
    reading.problem_at(root, fmt::format("must be a map of keys to values, not {}", describe(root.kind)));
    return;
  }
  std::vector<std::string_view> known = {kCollectorsKey};
  for (const Key& key : kKeys) known.push_back(key.name);
  std::vector<YamlEntry> entries = reading.entries(root);
  reading.drop_unknown(entries, "", known);
  for (const YamlEntry& entry : entries) read_entry(reading, draft, entry, kinds);
}

}  // namespace fas::config
