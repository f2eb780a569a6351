// Every environment variable, every key, and how they go together.
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "tests/config/support.h"

namespace fas::config {
namespace {

using namespace std::chrono_literals;
using test::Variables;

const Variables kLeast = {{"FAS_APP_NAME", "worker"}, {"FAS_STARTED_MACHINE_COUNT", "1"}};

Result<Config> load_variables(Variables variables, Purpose purpose = Purpose::kEvaluate) {
  return load("", test::environment(std::move(variables)), purpose);
}

std::string text_of(const std::optional<Expression>& expression) { return expression ? expression->text : "none"; }

// One setting: how it is written, and how it reads in a Config.
struct Setting {
  std::string_view env;
  std::string_view key;
  std::string env_value;
  std::string yaml_value;
  std::string in_config;
  std::string by_default;
  std::function<std::string(const Config&)> read;
  bool replaces_count = false;  // the case's own counts instead of kLeast's
};

std::string join(const std::vector<std::string>& parts) {
  std::string result;
  for (const std::string& part : parts) result += part + ";";
  return result;
}

std::vector<Setting> settings() {
  const auto min_created = [](const Config& c) { return text_of(c.counts.min_created); };
  const auto max_created = [](const Config& c) { return text_of(c.counts.max_created); };
  const auto min_started = [](const Config& c) { return text_of(c.counts.min_started); };
  const auto max_started = [](const Config& c) { return text_of(c.counts.max_started); };
  return {
      {"FAS_APP_NAME", "app-name", "other", "other", "other", "worker", [](const Config& c) { return c.app_name; }},
      {"FAS_ORG", "org", "acme", "acme", "acme", "", [](const Config& c) { return c.org; }},
      {"FAS_REGIONS", "regions", "iad, ord,,", "[iad, ord]", "iad;ord;", "",
       [](const Config& c) { return join(c.regions); }},
      {"FAS_PROCESS_GROUP", "process-group", "web", "web", "web", "app",
       [](const Config& c) { return c.process_group; }},
      {"FAS_CREATED_MACHINE_COUNT", "created-machine-count", "q + 1", "q + 1", "q + 1", "none", min_created},
      {"FAS_CREATED_MACHINE_COUNT", "created-machine-count", "3", "3", "3", "none", max_created},
      {"FAS_STARTED_MACHINE_COUNT", "started-machine-count", "q", "\"q\"", "q", "1", min_started},
      {"FAS_STARTED_MACHINE_COUNT", "started-machine-count", "4", "4", "4", "1", max_started},
      {"FAS_INITIAL_MACHINE_STATE", "initial-machine-state", "stopped", "stopped", "stopped", "started",
       [](const Config& c) { return c.initial_machine_state == InitialState::kStopped ? "stopped" : "started"; }},
      {"FAS_CONCURRENCY", "concurrency", "7", "7", "7", "1",
       [](const Config& c) { return std::to_string(c.concurrency); }},
      {"FAS_THREADS", "threads", "4", "4", "4", "1", [](const Config& c) { return std::to_string(c.threads); }},
      {"FAS_INTERVAL", "interval", "1m30s", "1m30s", "1m30s", "15s",
       [](const Config& c) { return format_duration(c.interval); }},
      {"FAS_TIMEOUT", "timeout", "250ms", "\"250ms\"", "250ms", "30s",
       [](const Config& c) { return format_duration(c.timeout); }},
      {"FAS_APP_LIST_REFRESH_INTERVAL", "app-list-refresh-interval", "2h", "2h", "2h0m0s", "1m0s",
       [](const Config& c) { return format_duration(c.app_list_refresh_interval); }},
      {"FAS_API_TOKEN", "api-token", "FlyV1 fm2_x,fm2_y", "\"FlyV1 fm2_x,fm2_y\"", "FlyV1 fm2_x,fm2_y", "",
       [](const Config& c) { return c.api_token; }},
      {"FAS_WAKE_INTERVAL", "wake-interval", "2m", "2m", "2m0s", "1s",
       [](const Config& c) { return format_duration(c.wake_interval); }},
      {"", "verbose", "", "true", "1", "0", [](const Config& c) { return std::to_string(c.verbose); }},
      {"FAS_LISTEN", "listen", "127.0.0.1:0", "\"127.0.0.1:0\"", "127.0.0.1:0", ":9090",
       [](const Config& c) { return c.listen; }},
      {"FAS_API_RATE_LIMITS", "api-rate-limits", "false", "false", "0", "1",
       [](const Config& c) { return std::to_string(c.api_rate_limits); }},
      {"FLY_FLAPS_BASE_URL", "", "http://_api.internal:4280/", "", "http://_api.internal:4280",
       "https://api.machines.dev", [](const Config& c) { return c.machines_api_url; }},
      {"FLY_FLAPS_BASE_URL", "", "http://127.0.0.1:1/v1", "", "http://127.0.0.1:1", "https://api.machines.dev",
       [](const Config& c) { return c.machines_api_url; }},
      {"FLY_API_BASE_URL", "", "HTTPS://api.example/graphql", "", "HTTPS://api.example", "https://api.fly.io",
       [](const Config& c) { return c.graphql_api_url; }},
  };
}

TEST(Environment, EveryVariable) {
  for (const Setting& setting : settings()) {
    const Result<Config> without = load_variables(kLeast);
    ASSERT_TRUE(without) << test::error_of(without);
    EXPECT_EQ(setting.read(*without), setting.by_default) << setting.env << setting.key;
    if (setting.env.empty()) continue;
    Variables variables = kLeast;
    variables[std::string(setting.env)] = setting.env_value;
    const Result<Config> with = load_variables(variables);
    ASSERT_TRUE(with) << setting.env << ": " << test::error_of(with);
    EXPECT_EQ(setting.read(*with), setting.in_config) << setting.env;
    variables[std::string(setting.env)] = "";
    if (setting.env == "FAS_APP_NAME" || setting.env == "FAS_STARTED_MACHINE_COUNT") continue;
    const Result<Config> empty = load_variables(variables);
    ASSERT_TRUE(empty) << setting.env << ": " << test::error_of(empty);
    EXPECT_EQ(setting.read(*empty), setting.by_default) << "an empty " << setting.env << " counts as unset";
  }
}

TEST(File, EveryKeyOverridesTheEnvironment) {
  for (const Setting& setting : settings()) {
    if (setting.key.empty()) continue;
    Variables variables = kLeast;
    if (!setting.env.empty() && setting.env != "FAS_APP_NAME" && setting.env != "FAS_STARTED_MACHINE_COUNT") {
      variables[std::string(setting.env)] = setting.env == "FAS_CONCURRENCY"             ? "99"
                                            : setting.env == "FAS_THREADS"               ? "9"
                                            : setting.env == "FAS_LISTEN"                ? ":99"
                                            : setting.env == "FAS_API_RATE_LIMITS"       ? "true"
                                            : setting.env == "FAS_INITIAL_MACHINE_STATE" ? "started"
                                                                                         : "99s";
    }
    const std::string key(setting.key);
    const Result<Config> config = test::load_yaml(key + ": " + setting.yaml_value + "\n", variables);
    ASSERT_TRUE(config) << key << ": " << test::error_of(config);
    EXPECT_EQ(setting.read(*config), setting.in_config) << key;
    const Result<Config> null = test::load_yaml(key + ":\n", kLeast);
    ASSERT_TRUE(null) << key << ": " << test::error_of(null);
    EXPECT_EQ(setting.read(*null), setting.by_default) << "a key without a value counts as not written: " << key;
  }
}

TEST(Secrets, WhoMayMoveMachinesMustBeHardToGuess) {
  struct Case {
    std::string env, key;
    std::string Config::* member;
  };
  const std::string strong = "0123456789abcdef";
  for (const Case& c : {Case{"FAS_ADMIN_TOKEN", "admin-token", &Config::admin_token},
                        Case{"FAS_TICK_TOKEN", "tick-token", &Config::tick_token},
                        Case{"FAS_GITHUB_WEBHOOK_SECRET", "github-webhook-secret", &Config::github_webhook_secret}}) {
    Variables variables = kLeast;
    variables[c.env] = strong;
    const Result<Config> environment = load_variables(variables);
    ASSERT_TRUE(environment) << test::error_of(environment);
    EXPECT_EQ(*environment.*c.member, strong) << c.key;
    const Result<Config> file = test::load_yaml(c.key + ": \"" + strong + "\"\n", kLeast);
    ASSERT_TRUE(file) << test::error_of(file);
    EXPECT_EQ(*file.*c.member, strong) << c.key;
    const Result<Config> weak = test::load_yaml(c.key + ": \"0123456789abcde\"\n", kLeast);
    ASSERT_FALSE(weak) << c.key;
    EXPECT_TRUE(weak.error().message.contains("at least 16 characters")) << weak.error().message;
    EXPECT_FALSE(weak.error().message.contains("0123456789")) << weak.error().message;
  }
}

TEST(Environment, MinimumAndMaximum) {
  const Result<Config> config = load_variables({{"FAS_APP_NAME", "worker"},
                                                {"FAS_MIN_CREATED_MACHINE_COUNT", "1"},
                                                {"FAS_MAX_CREATED_MACHINE_COUNT", "2"},
                                                {"FAS_MIN_STARTED_MACHINE_COUNT", "3"},
                                                {"FAS_MAX_STARTED_MACHINE_COUNT", "4"}});
  ASSERT_TRUE(config) << test::error_of(config);
  EXPECT_EQ(text_of(config->counts.min_created), "1");
  EXPECT_EQ(text_of(config->counts.max_created), "2");
  EXPECT_EQ(text_of(config->counts.min_started), "3");
  EXPECT_EQ(text_of(config->counts.max_started), "4");
  EXPECT_EQ(to_string(config->counts.max_started->origin), "FAS_MAX_STARTED_MACHINE_COUNT");
}

TEST(File, AnEmptyCountTakesBackTheEnvironments) {
  const Result<Config> config = test::load_yaml(
      "started-machine-count: ''\nmin-started-machine-count: 1\nmax-started-machine-count: 2\n", kLeast);
  ASSERT_TRUE(config) << test::error_of(config);
  EXPECT_EQ(text_of(config->counts.min_started), "1");
  EXPECT_EQ(text_of(config->counts.max_started), "2");
}

TEST(File, ExpressionsKnowTheirPlace) {
  const Result<Config> config =
      test::load_yaml("app-name: $NAME\nstarted-machine-count: \"ceil(q)\"\n", {{"NAME", "a-rather-long-name"}});
  ASSERT_TRUE(config) << test::error_of(config);
  EXPECT_EQ(to_string(config->counts.min_started->origin), "fas.yml:2:24");
}

TEST(File, EmptyTextsAreEmptyConfigurations) {
  for (const std::string_view yaml : {"", "\n", "# nothing\n", "---\n", "---\n...\n", "{}", "~", "\xEF\xBB\xBF"}) {
    const Result<Config> config = test::load_yaml(yaml, kLeast);
    EXPECT_TRUE(config) << yaml << ": " << test::error_of(config);
  }
}

TEST(File, ByteOrderMarkAndCarriageReturns) {
  const Result<Config> config = test::load_yaml("\xEF\xBB\xBFinterval: 20s\r\ntimeout: 7s\r\n", kLeast);
  ASSERT_TRUE(config) << test::error_of(config);
  EXPECT_EQ(config->interval, 20s);
  EXPECT_EQ(config->timeout, 7s);
}

TEST(File, MergesAndAnchors) {
  const Result<Config> config = test::load_yaml(
      "metric-collectors:\n"
      "- &base {type: prometheus, metric-name: a, address: 'http://x', query: q1}\n"
      "- <<: *base\n"
      "  metric-name: b\n"
      "  query: q2\n",
      kLeast);
  ASSERT_TRUE(config) << test::error_of(config);
  ASSERT_EQ(config->collectors.size(), 2U);
  EXPECT_EQ(config->collectors[1].metric_name, "b");
  EXPECT_EQ(config->collectors[1].settings.text("query"), "q2");
  EXPECT_EQ(config->collectors[1].settings.text("address"), "http://x");
}

TEST(File, ANameIsExpandedEverywhereButTheAppOfTheTickInQueries) {
  const Result<Config> config = test::load_yaml(
      "app-name: $APP_NAME\n"
      "started-machine-count: ${COUNT}\n"
      "metric-collectors:\n"
      "- {type: prometheus, metric-name: q, address: \"$HOST\", query: 'x{app=\"$APP_NAME\", r=\"${REGION}\"}'}\n"
      "- {type: prometheus, metric-name: r, address: http://h, query: ${APP_NAME}}\n",
      {{"APP_NAME", "from-env"}, {"COUNT", "q * 2"}, {"HOST", "http://prom"}, {"REGION", "iad"}});
  ASSERT_TRUE(config) << test::error_of(config);
  EXPECT_EQ(config->app_name, "from-env");
  EXPECT_EQ(text_of(config->counts.min_started), "q * 2");
  ASSERT_EQ(config->collectors.size(), 2U);
  EXPECT_EQ(config->collectors[0].settings.text("address"), "http://prom");
  EXPECT_EQ(config->collectors[0].settings.text("query"), "x{app=\"${APP_NAME}\", r=\"iad\"}");
  EXPECT_EQ(config->collectors[1].settings.text("query"), "${APP_NAME}") << "braces within a flow map";
}

const Variables kPrometheus = {{"FAS_APP_NAME", "worker"},
                               {"FAS_STARTED_MACHINE_COUNT", "q"},
                               {"FAS_PROMETHEUS_ADDRESS", "http://prom:9090"},
                               {"FAS_PROMETHEUS_METRIC_NAME", "q"},
                               {"FAS_PROMETHEUS_QUERY", "sum(q{app=\"$APP_NAME\",r=\"$REGION\"})"},
                               {"FAS_PROMETHEUS_TOKEN", "to$REGIONken"},
                               {"REGION", "iad"}};

TEST(Environment, PrometheusCollector) {
  const Result<Config> config = load_variables(kPrometheus);
  ASSERT_TRUE(config) << test::error_of(config);
  ASSERT_EQ(config->collectors.size(), 1U);
  const Collector& collector = config->collectors.front();
  EXPECT_EQ(collector.type, "prometheus");
  EXPECT_EQ(collector.metric_name, "q");
  EXPECT_EQ(collector.settings.text("address"), "http://prom:9090");
  EXPECT_EQ(collector.settings.text("query"), "sum(q{app=\"${APP_NAME}\",r=\"iad\"})");
  EXPECT_EQ(collector.settings.text("token"), "to$REGIONken") << "a value of the environment is taken as it is";
  EXPECT_EQ(to_string(collector.origin), "FAS_PROMETHEUS_ADDRESS");
}

TEST(Environment, TemporalCollector) {
  Variables variables = {{"FAS_APP_NAME", "worker"},
                         {"FAS_STARTED_MACHINE_COUNT", "q"},
                         {"FAS_TEMPORAL_ADDRESS", "temporal.internal:7233"},
                         {"FAS_TEMPORAL_NAMESPACE", "prod"},
                         {"FAS_TEMPORAL_METRIC_NAME", "q"},
                         {"FAS_TEMPORAL_QUERY", "WorkflowType=\"$APP_NAME\""}};
  const Result<Config> config = load_variables(variables);
  ASSERT_TRUE(config) << test::error_of(config);
  ASSERT_EQ(config->collectors.size(), 1U);
  const Collector& collector = config->collectors.front();
  EXPECT_EQ(collector.type, "temporal");
  EXPECT_EQ(collector.metric_name, "q");
  EXPECT_EQ(collector.settings.text("address"), "temporal.internal:7233");
  EXPECT_EQ(collector.settings.text("namespace"), "prod");
  EXPECT_EQ(collector.settings.text("query"), "WorkflowType=\"${APP_NAME}\"");

  // Temporal's own names come before the program's.
  for (const std::string_view name : {"FAS_TEMPORAL_CERT_DATA", "TEMPORAL_TLS_CERT_DATA"}) {
    variables.insert_or_assign(std::string(name), "s3cret-" + std::string(name));
  }
  const Result<Config> alone = load_variables(variables);
  EXPECT_NE(test::error_of(alone).find("cert-data and key-data go together"), std::string::npos);
  variables.insert_or_assign("TEMPORAL_TLS_KEY_DATA", "s3cret-key");
  const Result<Config> unusable = load_variables(variables);
  EXPECT_NE(test::error_of(unusable).find("must be PEM text"), std::string::npos) << test::error_of(unusable);
  EXPECT_EQ(test::error_of(unusable).find("s3cret"), std::string::npos) << test::error_of(unusable);
  variables.erase("FAS_TEMPORAL_NAMESPACE");
  EXPECT_NE(test::error_of(load_variables(variables)).find("temporal namespace required"), std::string::npos);
}

TEST(Environment, NoCollectorWithoutItsAddress) {
  Variables variables = kPrometheus;
  variables.erase("FAS_PROMETHEUS_ADDRESS");
  const Result<Config> config = load_variables(variables);
  ASSERT_TRUE(config) << test::error_of(config);
  EXPECT_TRUE(config->collectors.empty());
}

TEST(File, CollectorsReplaceThoseOfTheEnvironment) {
  const std::string_view yaml =
      "metric-collectors: [{type: prometheus, metric-name: r, address: 'http://y', query: q}]\n";
  const Result<Config> replaced = test::load_yaml(yaml, kPrometheus);
  ASSERT_TRUE(replaced) << test::error_of(replaced);
  ASSERT_EQ(replaced->collectors.size(), 1U);
  EXPECT_EQ(replaced->collectors.front().metric_name, "r");
  const Result<Config> kept = test::load_yaml("interval: 20s\n", kPrometheus);
  ASSERT_TRUE(kept) << test::error_of(kept);
  EXPECT_EQ(kept->collectors.size(), 1U);
  const Result<Config> emptied = test::load_yaml("metric-collectors: []\n", kPrometheus);
  ASSERT_TRUE(emptied) << test::error_of(emptied);
  EXPECT_TRUE(emptied->collectors.empty());
}

TEST(File, CommonFieldsOfACollector) {
  const Result<Config> config = test::load_yaml(
      "metric-collectors:\n"
      "- type: prometheus\n  metric-name: q\n  address: http://x\n  query: q\n"
      "  timeout: 2s\n  series: true\n  empty-value: 1.5\n"
      "  tls: {ca: /ca.pem, insecure-skip-verify: yes}\n",
      kLeast);
  ASSERT_TRUE(config) << test::error_of(config);
  const metrics::Settings& settings = config->collectors.at(0).settings;
  EXPECT_EQ(settings.duration("timeout", 0s), 2s);
  EXPECT_TRUE(settings.flag("series"));
  EXPECT_EQ(settings.number("empty-value", 0), 1.5);
  ASSERT_NE(settings.object("tls"), nullptr);
  EXPECT_EQ(settings.object("tls")->text("ca"), "/ca.pem");
  EXPECT_TRUE(settings.object("tls")->flag("insecure-skip-verify"));
  EXPECT_EQ(to_string(config->collectors.at(0).origin), "fas.yml:2:3");
}

}  // namespace
}  // namespace fas::config
