// What the API shows, from values alone.
#include <gtest/gtest.h>

#include <chrono>
#include <limits>
#include <stop_token>
#include <string>
#include <vector>

#include "serve/app_json.h"
#include "serve/app_list.h"
#include "serve/config_json.h"
#include "serve/playground.h"
#include "serve/sample_json.h"

namespace fas::serve {
namespace {

using control::Board;
using std::chrono::seconds;

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

WallTime at(int second) { return WallTime(seconds(second)); }

scale::Samples samples_of(const std::vector<std::pair<int, double>>& values) {
  scale::Samples samples{.metrics = {"jobs"}, .ticks = {}, .values = {}};
  for (const auto& [second, value] : values) {
    samples.ticks.push_back({.at = at(second), .created = 5, .started = second % 3, .targets = {}});
    samples.values.push_back(value);
  }
  return samples;
}

TEST(SampleColumns, AllOfThemWhereThereAreFew) {
  scale::Samples samples = samples_of({{1, 10}, {2, kNone}, {3, 30}});
  samples.ticks[2].targets = scale::Targets{.created = {}, .started = {.min = 2, .max = 4}};
  EXPECT_EQ(sample_columns(samples, 10), Json::parse(R"({"at": [1.0, 2.0, 3.0], "metrics": {"jobs": [10.0, null, 30.0]},
    "created": [5.0, 5.0, 5.0], "started": [1.0, 2.0, 0.0], "min_created": [null, null, null],
    "max_created": [null, null, null], "min_started": [null, null, 2.0], "max_started": [null, null, 4.0]})"));
  EXPECT_EQ(sample_columns({}, 10)["at"].size(), 0);
}

TEST(SampleColumns, KeepPeaksAndGaps) {
  std::vector<std::pair<int, double>> values;
  for (int second = 0; second < 1000; ++second) {
    if (second < 400 || second >= 600) values.emplace_back(second, second == 777 ? 1e6 : second % 7);
  }
  const Json columns = sample_columns(samples_of(values), 100);
  EXPECT_LE(columns["at"].size(), 100);
  EXPECT_GE(columns["at"].size(), 75);
  double peak = 0;
  double longest = 0;
  for (std::size_t i = 0; i < columns["at"].size(); ++i) {
    peak = std::max(peak, columns["metrics"]["jobs"][i].get<double>());
    if (i > 0) longest = std::max(longest, columns["at"][i].get<double>() - columns["at"][i - 1].get<double>());
  }
  EXPECT_EQ(peak, 1e6);
  EXPECT_GE(longest, 200);
}

Board::Card card_of(bool ok, const std::string& hold, double metric, int started = 0) {
  control::TickReport report;
  report.ok = ok;
  report.error = ok ? "" : "the metric is gone";
  report.listed = true;
  report.decision.hold = hold;
  report.decision.current.started = started;
  report.decision.observations.push_back({.metric = "jobs", .value = metric});
  return {.last = std::move(report), .spark = {metric}, .hand = {}};
}

void tick(Board& board, const std::string& app, const Board::Card& card) { board.ticked(app, *card.last, false); }

std::string names_of(const Board& board, const std::string& query) {
  const Result<AppQuery> read = read_app_query(Query(query));
  if (!read) return read.error().message;
  const Json list = app_list(board, *read);
  std::string names = std::to_string(list["total"].get<int>()) + ":";
  for (const Json& app : list["apps"]) names += " " + app["name"].get<std::string>();
  return names;
}

TEST(AppList, FilteredSortedAndInPages) {
  Board board;
  tick(board, "b", card_of(true, "", 3, 7));
  tick(board, "a", card_of(true, "", 9, 1));
  tick(board, "Mail", card_of(true, "release in progress", 5, 4));
  tick(board, "z", card_of(false, "", kNone, 2));
  board.known("new");
  board.set_hand("b", scale::Hand{.paused = true, .targets = {}, .until = {}, .reason = "why"});
  EXPECT_EQ(names_of(board, ""), "5: z Mail b new a");
  EXPECT_EQ(names_of(board, "sort=name"), "5: Mail a b new z");
  EXPECT_EQ(names_of(board, "sort=name&order=desc&limit=2"), "5: z new");
  EXPECT_EQ(names_of(board, "sort=name&offset=3"), "5: new z");
  EXPECT_EQ(names_of(board, "sort=metric&order=desc"), "5: a Mail b new z");
  EXPECT_EQ(names_of(board, "sort=started&order=desc"), "5: b Mail z a new");
  EXPECT_EQ(names_of(board, "search=MA"), "1: Mail");
  EXPECT_EQ(names_of(board, "state=paused,failing"), "2: z b");
  EXPECT_NE(names_of(board, "state=sad").find("no state \"sad\""), std::string::npos);
  EXPECT_NE(names_of(board, "sort=size").find("sort must be"), std::string::npos);
  EXPECT_NE(names_of(board, "limit=501").find("limit must be"), std::string::npos);
}

TEST(AppSummary, SaysWhyAnAppDoesNotMove) {
  Board::Card card = card_of(true, "release in progress", 4);
  Json json = app_summary("web", card, true);
  EXPECT_EQ(json["state"], "held");
  EXPECT_EQ(json["note"], "release in progress");
  EXPECT_EQ(json["metrics"], Json::parse(R"([{"name": "jobs", "value": 4.0}])"));
  card.hand = scale::Hand{.targets = {.created = {}, .started = {5, 5}}, .until = at(60), .reason = "load test"};
  json = app_summary("web", card, false);
  EXPECT_EQ(json["override"], Json::parse(R"({"paused": false, "targets": {"created": {"min": null, "max": null},
    "started": {"min": 5, "max": 5}}, "until": "1970-01-01T00:01:00.000Z", "reason": "load test"})"));
  EXPECT_FALSE(json.contains("spark"));
}

TEST(ConfigTree, HasTheFilesShape) {
  const config::ShownSetting settings[] = {
      {"interval", "15s", {}},
      {"FAS_ORG", "acme", {}},
      {"metric-collectors[0]: type", "redis", {}},
      {"metric-collectors[1]: tls.ca-file", "/ca.pem", {}},
      {"apps[0].scale-up.policies[1].value", "4", {}},
      {"apps[0].regions", "iad,", {}},
      {"list", "a", {}},
      {"list", "b", {}},
      {"interval.odd", "x", {}},
      {"x[99999999999999999999]", "y", {}},
  };
  EXPECT_EQ(config_tree(settings), Json::parse(R"({"interval": "15s", "FAS_ORG": "acme",
    "metric-collectors": [{"type": "redis"}, {"tls": {"ca-file": "/ca.pem"}}],
    "apps": [{"scale-up": {"policies": [null, {"value": "4"}]}, "regions": "iad,"}], "list": ["a", "b"],
    "x[99999999999999999999]": "y"})"));
}

scale::Policy policy_of(const std::string& expression) {
  scale::PolicyText text;
  text.counts.min_started = text.counts.max_started = scale::ExpressionText{.text = expression, .where = "test"};
  Result<scale::Policy> policy =
      scale::Policy::compile(text, {{.name = "jobs"}, {.name = "by_queue", .is_series = true}}, {});
  EXPECT_TRUE(policy);
  return std::move(*policy);
}

Seen seen_of(double jobs) {
  return {.observations = {{.metric = "jobs", .value = jobs},
                           {.metric = "by_queue", .value = Series{{.labels = {{"q", "mail"}}, .value = 2}}}},
          .current = {.created = 4, .started = 3},
          .previous = {},
          .now = at(1000)};
}

TEST(Playground, Now) {
  const scale::Policy policy = policy_of("1");
  const struct {
    const char* expression;
    const char* reply;
  } cases[] = {
      {"ceil(jobs / 10)", R"({"value": 5.0, "text": "5", "type": "float", "count": 5})"},
      {"current.started + 1", R"({"value": 4.0, "text": "4", "type": "int", "count": 4})"},
      {"\"a\" + \"b\"", R"({"value": null, "text": "\"ab\"", "type": "string"})"},
      {"len(by_queue)", R"({"value": 1.0, "text": "1", "type": "int", "count": 1})"},
  };
  for (const auto& test : cases) {
    EXPECT_EQ(try_now(policy, test.expression, seen_of(41)), Json::parse(test.reply)) << test.expression;
  }
  const Json typo = try_now(policy, "jbos / 2", seen_of(41));
  EXPECT_NE(typo["error"].get<std::string>().find("did you mean jobs"), std::string::npos) << typo;
  EXPECT_NE(typo["caret"].get<std::string>().find('^'), std::string::npos);
  Seen blind = seen_of(1);
  blind.observations[0].value = fail(ErrorKind::kUnavailable, "connection refused");
  EXPECT_EQ(try_now(policy, "jobs", blind)["error"], "metric \"jobs\" has no value: connection refused");
  EXPECT_TRUE(try_now(policy, "jobs", {}).contains("error"));
  // A loop without end in sight is given up.
  EXPECT_TRUE(try_now(policy, "len(map(1..100000, len(filter(1..100000, # > 5))))", seen_of(1)).contains("error"));
}

TEST(Playground, History) {
  const scale::Policy policy = policy_of("1");
  scale::Samples samples = samples_of({{0, 5}, {15, 25}, {30, kNone}, {45, 11}});
  samples.ticks[1].targets = scale::Targets{.created = {}, .started = {3, 3}};
  const Json json = try_history(policy, "ceil(jobs / 10) + (previous.min_started ?? 0)", samples, 100, {});
  EXPECT_EQ(json["counts"], Json::parse("[1.0, 3.0, null, 2.0]")) << json;
  EXPECT_EQ(json["target"], Json::parse("[null, 3, null, null]"));
  EXPECT_EQ(json["at"], Json::parse("[0.0, 15.0, 30.0, 45.0]"));
  EXPECT_TRUE(try_history(policy, "\"text\"", samples, 100, {}).contains("error"));
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(try_history(policy, "1", samples, 100, stop.get_token())["at"].size(), 0);
}

}  // namespace
}  // namespace fas::serve
