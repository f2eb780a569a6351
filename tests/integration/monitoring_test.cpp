// What is shipped for monitoring: the page /metrics as docs/monitoring.md describes it, the Prometheus alert rules, and
// the Grafana dashboard, whose every query a real Prometheus answers that scrapes a real daemon.
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <regex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "net/url.h"
#include "tests/integration/harness.h"
#include "tests/support/process.h"
#include "tests/support/prometheus_server.h"
#include "tests/support/temp_dir.h"

namespace fas::test {
namespace {

using nlohmann::json;
using Names = std::set<std::string>;

const std::string kSource = FAS_SOURCE_DIR;
const std::string kRules = kSource + "/packaging/prometheus/alerts.yml";
const std::string kDashboard = kSource + "/packaging/grafana/fly-autoscaler.json";

// Every match's first group.
Names all_matches(const std::string& text, const std::string& pattern) {
  const std::regex regex(pattern);
  Names found;
  for (std::sregex_iterator match(text.begin(), text.end(), regex), end; match != end; ++match) {
    found.insert((*match)[1].str());
  }
  return found;
}

std::string replaced(std::string text, const std::map<std::string, std::string>& values) {
  for (const auto& [name, value] : values) {
    for (std::size_t at = 0; (at = text.find(name, at)) != std::string::npos; at += value.size()) {
      text.replace(at, name.size(), value);
    }
  }
  return text;
}

struct Expression {
  std::string place;  // the panel's title or the alert's name
  std::string text;
};

std::vector<Expression> dashboard_expressions() {
  std::vector<Expression> all;
  const json dashboard = json::parse(read_file(kDashboard));
  for (const json& panel : dashboard.at("panels")) {
    for (const json& target : panel.value("targets", json::array())) {
      // As Grafana does for "All" apps, over a short time.
      all.push_back({panel.at("title").get<std::string>(),
                     replaced(target.at("expr").get<std::string>(),
                              {{"$app", ".*"}, {"$__rate_interval", "30s"}, {"$__range", "5m"}})});
    }
  }
  return all;
}

std::vector<Expression> alert_expressions() {
  std::vector<Expression> all;
  for (const YAML::Node& group : YAML::LoadFile(kRules)["groups"]) {
    for (const YAML::Node& rule : group["rules"]) {
      all.push_back({rule["alert"].as<std::string>(), rule["expr"].as<std::string>()});
    }
  }
  return all;
}

// Rows of the table of docs/monitoring.md whose first cell is a metric: name and cells behind it.
std::map<std::string, std::vector<std::string>> documented() {
  std::map<std::string, std::vector<std::string>> rows;
  const std::string page = read_file(kSource + "/docs/monitoring.md");
  for (const std::string_view row : split(page, '\n')) {
    if (!row.starts_with("| `fas_")) continue;
    std::vector<std::string> cells;
    for (const std::string_view cell : split(row, '|')) cells.emplace_back(trim(cell));
    rows[cells.at(1).substr(1, cells.at(1).size() - 2)] = {cells.begin() + 2, cells.end() - 1};
  }
  return rows;
}

std::string run_promtool(const std::vector<std::string>& arguments, std::optional<int>& status) {
  const TempDir folder;
  std::vector<std::string> argv = {"promtool"};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  Process process(std::move(argv), {.output_file = folder.file("out")});
  status = process.wait();
  return read_file(folder.file("out"));
}

TEST(Alerts, PromtoolFindsNothingWrong) {
  if (!has_program("promtool")) GTEST_SKIP() << "promtool is not installed";
  std::optional<int> status;
  std::string told = run_promtool({"check", "rules", kRules}, status);
  EXPECT_EQ(status, 0) << told;
  told = run_promtool({"test", "rules", kSource + "/tests/packaging/alerts_test.yml"}, status);
  EXPECT_EQ(status, 0) << told;
}

TEST(Alerts, EachSoundsInATestAndSaysWhatToDo) {
  const std::string tests = read_file(kSource + "/tests/packaging/alerts_test.yml");
  const std::string page = read_file(kSource + "/docs/monitoring.md");
  for (const YAML::Node& rule : YAML::LoadFile(kRules)["groups"][0]["rules"]) {
    const auto name = rule["alert"].as<std::string>();
    EXPECT_TRUE(tests.contains("alertname=\"" + name + "\"")) << name;
    EXPECT_TRUE(page.contains("| `" + name + "` |")) << name;
    EXPECT_GT(rule["annotations"]["runbook"].as<std::string>("").size(), 40U) << name;
    EXPECT_GT(rule["annotations"]["summary"].as<std::string>("").size(), 20U) << name;
    const auto severity = rule["labels"]["severity"].as<std::string>("");
    EXPECT_TRUE(severity == "critical" || severity == "warning") << name;
  }
}

TEST(Dashboard, IsOneThatGrafanaTakes) {
  const json dashboard = json::parse(read_file(kDashboard));
  EXPECT_EQ(dashboard.at("title"), "fly-autoscaler");
  Names variables;
  for (const json& variable : dashboard.at("templating").at("list"))
    variables.insert(variable.at("name").get<std::string>());
  EXPECT_EQ(variables, (Names{"app", "datasource"}));
  std::set<int> ids;
  std::set<std::pair<int, int>> places;
  for (const json& panel : dashboard.at("panels")) {
    const std::string title = panel.at("title");
    EXPECT_TRUE(ids.insert(panel.at("id").get<int>()).second) << title;
    const json& place = panel.at("gridPos");
    EXPECT_LE(place.at("x").get<int>() + place.at("w").get<int>(), 24) << title;
    EXPECT_TRUE(places.emplace(place.at("x").get<int>(), place.at("y").get<int>()).second)
        << title << " stands on another panel";
    if (panel.at("type") == "row") continue;
    EXPECT_EQ(panel.at("datasource").at("uid"), "${datasource}") << title;
    EXPECT_FALSE(panel.at("targets").empty()) << title;
    std::set<std::string> refs;
    for (const json& target : panel.at("targets")) {
      EXPECT_TRUE(refs.insert(target.at("refId").get<std::string>()).second) << title;
      EXPECT_EQ(target.at("datasource").at("uid"), "${datasource}") << title;
    }
  }
}

TEST(Metrics, TheTableIsComplete) {
  Names built;
  for (const auto& file : std::filesystem::recursive_directory_iterator(kSource + "/src")) {
    if (file.path().extension() == ".cpp") {
      built.merge(all_matches(read_file(file.path().string()), R"re(\.Name\("(fas_[a-z_]+)"\))re"));
    }
  }
  ASSERT_GT(built.size(), 20U);
  Names in_table;
  for (const auto& [name, cells] : documented()) in_table.insert(name);
  EXPECT_EQ(in_table, built);
}

// A daemon that has met everything that makes a metric appear, under a real Prometheus that scrapes it.
class Scraped : public testing::Test {
 protected:
  void SetUp() override {
    if (!PrometheusServer::installed()) GTEST_SKIP() << "prometheus is not installed";
    sim::Options options = Harness::quick(3);
    for (const char* name : {"held", "gone"}) {
      sim::InitialApp more = options.apps[0];
      more.app.name = name;
      options.apps.push_back(more);
    }
    harness.start_sim(std::move(options));
    harness.api().faults().add({.kind = sim::FaultKind::kErrorBefore, .action = "list", .app = "gone", .status = 401});
    harness.api().faults().add(
        {.kind = sim::FaultKind::kErrorBefore, .action = "list", .app = "worker", .count = 1, .status = 503});
    harness.start_daemon("state-dir: \"" + state.path().string() + R"("
concurrency: 4
tick-token: "0123456789abcdef"
apps:
- app-name: "worker"
  min-started-machine-count: "jobs"
  max-started-machine-count: "3"
  min-created-machine-count: "2"
  max-created-machine-count: "9"
  metric-collectors: [{ type: "schedule", metric-name: "jobs", cron: "0 8 * * *", duration: "1h", value: 2, outside-value: 2 }]
- app-name: "held"
  started-machine-count: "missing"
  metric-collectors: [{ type: "exec", metric-name: "missing", command: ["/bin/false"] }]
- { app-name: "gone", started-machine-count: "1" }
)");
    prometheus.emplace(PrometheusOptions{
        .targets = {harness.daemon().port()}, .rules = read_file(kRules), .web_config = {}, .more_arguments = {}});
    harness.reload();
    ASSERT_EQ(harness.ask("POST", "/api/v1/tick/worker", {{"Authorization", "Bearer 0123456789abcdef"}}).status, 202);
    ASSERT_TRUE(harness.run_until([&] { return harness.count(MachineState::kStarted) == 2; })) << harness.log();
    // Rates need two scrapes of everything.
    for (int scrape = 0; scrape < 3; ++scrape) {
      const double before = scraped_ticks();
      ASSERT_TRUE(harness.run_until([&] { return scraped_ticks() > before; }));
    }
  }

  json get(const std::string& path) {
    net::HttpRequest request;
    request.url = prometheus->url() + path;
    std::optional<Result<net::HttpResponse>> reply;
    boost::asio::co_spawn(
        harness.loop, harness.http.send(std::move(request), harness.clock.now() + std::chrono::seconds(10)),
        [&](const std::exception_ptr&, Result<net::HttpResponse> result) { reply = std::move(result); });
    harness.run_until([&] { return reply.has_value(); });
    if (!reply || !*reply) return {};
    return json::parse((*reply)->body, nullptr, false);
  }
  json query(const std::string& text) { return get("/api/v1/query?query=" + net::percent_encode(text)); }
  double scraped_ticks() {
    const json answer = query("sum(fas_ticks_total{result=\"ok\"})");
    const json& found = answer.at("data").at("result");
    return found.empty() ? 0 : std::stod(found.at(0).at("value").at(1).get<std::string>());
  }

  // How many series the text has in Prometheus, or a failed expectation.
  std::size_t ask(const Expression& expression) {
    const json answer = query(expression.text);
    if (answer.value("status", "") != "success") {
      ADD_FAILURE() << expression.place << ": " << expression.text << ": " << answer.dump();
      return 0;
    }
    return answer.at("data").at("result").size();
  }

  TempDir state;
  Harness harness;
  std::optional<PrometheusServer> prometheus;
};

TEST_F(Scraped, EveryQueryOfTheDashboardShowsSomething) {
  const std::vector<Expression> all = dashboard_expressions();
  ASSERT_GT(all.size(), 30U);
  for (const Expression& each : all) EXPECT_GT(ask(each), 0U) << each.place << ": " << each.text;
}

TEST_F(Scraped, EveryAlertLooksAtWhatIsThere) {
  for (const Expression& each : alert_expressions()) {
    ask(each);
    // The selectors by themselves: an alert that is silent because its label is spelled wrong looks like a good one.
    const Names selectors = all_matches(each.text, R"re((fas_[a-z_]+(\{[^}]*\})?))re");
    EXPECT_FALSE(selectors.empty()) << each.place;
    for (const std::string& selector : selectors) {
      EXPECT_GT(ask({.place = each.place, .text = selector}), 0U) << each.place << ": " << selector;
    }
  }
  const json rules = get("/api/v1/rules");
  std::size_t evaluated = 0;
  for (const json& group : rules.at("data").at("groups")) {
    for (const json& rule : group.at("rules")) {
      ++evaluated;
      EXPECT_EQ(rule.value("lastError", ""), "") << rule.at("name");
      EXPECT_EQ(rule.at("health"), "ok") << rule.at("name");
    }
  }
  EXPECT_EQ(evaluated, alert_expressions().size());
}

TEST_F(Scraped, ThePageIsAsItIsDocumented) {
  const std::string page = harness.page("/metrics");
  const auto rows = documented();
  Names on_page;
  for (const std::string_view line : split(page, '\n')) {
    if (!line.starts_with("# TYPE ")) continue;
    const std::vector<std::string_view> words = split(line, ' ');
    const std::string name(words.at(2));
    on_page.insert(name);
    const auto row = rows.find(name);
    ASSERT_TRUE(row != rows.end()) << name;
    EXPECT_EQ(row->second.at(0), words.at(3)) << name;
    const Names labels = all_matches(row->second.at(1), "`([a-z]+)`");
    Names used = all_matches(page, "\n" + name + R"re((?:_count)?\{([^}]*)\})re");
    Names names;
    for (const std::string& each : used) names.merge(all_matches(each, R"re(([a-z]+)=)re"));
    EXPECT_EQ(names, labels) << name;
  }
  for (const auto& [name, cells] : rows) {
    // This daemon is alone; tests/integration/group_test.cpp has three that are not.
    EXPECT_TRUE(on_page.contains(name) || name.starts_with("fas_group_")) << name << " does not show";
  }
}

}  // namespace
}  // namespace fas::test
