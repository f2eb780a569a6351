// `fly-autoscaler backtest` as a user runs it.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "tests/backtest/xml.h"
#include "tests/cli/golden.h"
#include "tests/cli/support.h"
#include "tests/support/temp_dir.h"

namespace fas::cli {
namespace {

std::string example(std::string_view name) {
  return std::string(FAS_SOURCE_DIR) + "/examples/backtest/" + std::string(name);
}

// Over the example's Tuesday, with `more` flags.
test::Run backtest(const std::vector<std::string>& more) {
  std::vector<std::string> args = {
      "backtest",   "-config", example("fas.yml"),    "-csv", example("week.csv"), "-since",
      "2026-11-17", "-until",  "2026-11-17T23:55:00Z"};
  args.insert(args.end(), more.begin(), more.end());
  return test::run(args);
}

const std::vector<std::string> kClosed = {"-closed", "-service-rate", "0.125", "-price", "0.0028"};

std::vector<std::string> closed(std::vector<std::string> more) {
  more.insert(more.begin(), kClosed.begin(), kClosed.end());
  return more;
}

std::string read_file(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(Backtest, OpenLoopTable) {
  const test::Run run = backtest({"-fixed", "12"});
  EXPECT_EQ(run.status, 0) << run.err;
  expect_golden("backtest_open", run.out);
}

TEST(Backtest, ClosedLoopTableAgainstFixedCountsAndAnotherPolicy) {
  const test::Run run = backtest(closed({"-fixed", "12", "-policy", "tuned=" + example("tuned.yml")}));
  EXPECT_EQ(run.status, 0) << run.err;
  expect_golden("backtest_closed", run.out);
}

TEST(Backtest, Json) {
  const test::Run run = backtest(closed({"-fixed", "12", "-json", "-sweep", "per=5..15:5"}));
  EXPECT_EQ(run.status, 0) << run.err;
  expect_golden("backtest_json", run.out);
  EXPECT_TRUE(nlohmann::json::accept(run.out));
}

TEST(Backtest, SweepTable) {
  const test::Run run = backtest(closed({"-sweep", "per=2..20:6"}));
  EXPECT_EQ(run.status, 0) << run.err;
  expect_golden("backtest_sweep", run.out);
}

TEST(Backtest, PagesAndPictures) {
  const fas::test::TempDir folder;
  const test::Run run = backtest(
      closed({"-fixed", "12", "-sweep", "per=5..15:5", "-html", folder.file("a.html"), "-svg", folder.file("a.svg")}));
  EXPECT_EQ(run.status, 0) << run.err;
  for (const std::string_view name : {"a.html", "a.svg"}) {
    const std::string text = read_file(folder.file(name));
    EXPECT_EQ(backtest::XmlCheck::problem(text), "") << name;
    EXPECT_NE(text.find("Jobs waiting"), std::string::npos) << name;
  }
  const test::Run nowhere = backtest({"-html", folder.file("no/such/a.html")});
  EXPECT_EQ(nowhere.status, 1);
  EXPECT_EQ(nowhere.err,
            "ERROR: cannot write " + folder.file("no/such/a.html") + ": is the folder there, and writable?\n");
}

TEST(Backtest, FailIfBothWays) {
  const test::Run good = backtest(closed({"-fail-if", "wait_max < 0", "-fixed", "1"}));
  EXPECT_EQ(good.status, 0) << good.err;
  EXPECT_EQ(good.err, "");
  const test::Run bad = backtest(closed({"-fail-if", "peak > 3", "-fixed", "1"}));
  EXPECT_EQ(bad.status, 1);
  EXPECT_NE(bad.err.find("ERROR: -fail-if \"peak > 3\" is true of fas: peak = "), std::string::npos) << bad.err;
  EXPECT_NE(bad.out.find("machine-hours"), std::string::npos) << "the table comes all the same";
  // Fixed counts are there to compare with, not to pass.
  EXPECT_EQ(backtest(closed({"-fail-if", "peak == 1", "-fixed", "1"})).status, 0);
}

TEST(Backtest, JsonLinesAndCsvAreTheSame) {
  const fas::test::TempDir folder;
  std::ifstream csv(example("week.csv"));
  std::ofstream lines(folder.file("week.csv"));
  std::string line;
  std::getline(csv, line);
  while (std::getline(csv, line)) {
    std::string time, depth, arrivals, started;
    std::istringstream fields(line);
    std::getline(fields, time, ',');
    std::getline(fields, depth, ',');
    std::getline(fields, arrivals, ',');
    std::getline(fields, started, ',');
    lines << "{\"time\":" << time << ",\"queue_depth\":" << depth << ",\"arrivals\":" << arrivals
          << ",\"started\":" << started << "}\n";
  }
  lines.close();
  const auto replayed = [](const std::string& flag, const std::string& path) {
    return test::run(
        {"backtest", "-config", example("fas.yml"), flag, path, "-since", "1d", "-closed", "-service-rate", "0.125"});
  };
  const test::Run a = replayed("-csv", example("week.csv"));
  const test::Run b = replayed("-jsonl", folder.file("week.csv"));
  EXPECT_EQ(a.status, 0) << a.err;
  EXPECT_EQ(a.out, b.out);
}

struct Refusal {
  std::string_view name;
  std::vector<std::string> args;
  std::string_view message;
};

TEST(Backtest, Refusals) {
  const std::string config = example("fas.yml");
  const std::string csv = example("week.csv");
  const fas::test::TempDir folder;
  const std::string bad = folder.write("bad.csv", "time,queue_depth\n1,x\n");
  const std::string other = folder.write("other.csv", "time,queue_dept\n1,2\n16,2\n");
  for (const Refusal& c : std::vector<Refusal>{
           {"no recording", {"-config", config}, "what is to be replayed? give one of -csv FILE, "},
           {"two recordings", {"-config", config, "-csv", csv, "-prometheus"}, "what is to be replayed?"},
           {"no such file", {"-config", config, "-csv", "/nowhere.csv"}, "cannot read /nowhere.csv: No such file"},
           {"a bad file", {"-config", config, "-csv", bad}, "bad.csv:2: \"x\" is no number; leave the field empty"},
           {"a metric that is not there",
            {"-config", config, "-csv", other},
            "the recording has no metric \"queue_depth\"; did you mean \"queue_dept\"?"},
           {"no such config", {"-config", "/nowhere.yml", "-csv", csv}, "cannot read /nowhere.yml"},
           {"another app", {"-config", config, "-csv", csv, "-app", "web"}, "no policy is for app web"},
           {"closed without a rate",
            {"-config", config, "-csv", other, "-closed"},
            "how fast does a machine work? -closed needs -service-rate, jobs a second"},
           {"an unused name",
            {"-config", config, "-csv", csv, "-set", "pre=3"},
            "no expression of the policy uses \"pre\""},
           {"a bad sweep",
            {"-config", config, "-csv", csv, "-sweep", "per=5"},
            "cannot read -sweep \"per=5\"; write NAME="},
           {"a bad policy",
            {"-config", config, "-csv", csv, "-policy", "x"},
            "cannot read -policy \"x\"; write NAME=FILE"},
           {"a bad number", {"-config", config, "-csv", csv, "-price", "-1"}, "cannot read -price \"-1\""},
           {"a bad count", {"-config", config, "-csv", csv, "-fixed", "many"}, "cannot read -fixed \"many\""},
           {"a bad time", {"-config", config, "-csv", csv, "-since", "then"}, "cannot read -since \"then\""},
           {"a bad duration", {"-config", config, "-csv", csv, "-step", "15"}, "cannot read -step \"15\""},
           {"nothing of that time",
            {"-config", config, "-csv", csv, "-since", "2030-01-01"},
            "has nothing of that time"},
           {"a bad condition", {"-config", config, "-csv", csv, "-fail-if", "slo >"}, "-fail-if: "},
           {"a number that is not known",
            {"-config", config, "-csv", csv, "-since", "1h", "-fail-if", "wait_p95 > 1"},
            "-fail-if uses wait_p95, which this backtest does not know"},
           {"a time range for prometheus", {"-config", config, "-prometheus"}, "-prometheus needs -since"},
           {"no history", {"-config", config, "-history", "/nowhere"}, "no history in /nowhere"},
       }) {
    std::vector<std::string> args = {"backtest"};
    args.insert(args.end(), c.args.begin(), c.args.end());
    const test::Run run = test::run(args);
    EXPECT_EQ(run.status, 1) << c.name;
    EXPECT_NE(run.err.find(c.message), std::string::npos) << c.name << ": " << run.err;
    EXPECT_TRUE(run.err.starts_with("ERROR: ")) << c.name;
  }
}

TEST(Backtest, AsksPrometheusForAllThatThePolicyNeeds) {
  // Some values at times that are not asked for: what is asked and understood is tested with the source.
  const test::OneReplyServer server(
      R"({"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[1700000000,"3"]]}]}})");
  const test::ConfigFile config(
      "app-name: worker\nstarted-machine-count: \"q\"\nmetric-collectors:\n"
      "- { type: prometheus, metric-name: q, address: \"" +
      server.url() + "\", query: q }\n");
  const test::Run run = test::run({"backtest", "-config", config.path(), "-prometheus", "-since", "1h"});
  EXPECT_EQ(run.status, 0) << run.err;
  EXPECT_NE(run.out.find("prometheus: 1h from "), std::string::npos) << run.out;
}

}  // namespace
}  // namespace fas::cli
