#include <gtest/gtest.h>

#include <string>

#include "tests/cli/support.h"

namespace fas::cli {
namespace {

constexpr std::string_view kGood =
    "app-name: worker\n"
    "api-token: t\n"
    "min-started-machine-count: \"queue_depth / 10\"\n"
    "max-started-machine-count: \"max(1, errors)\"\n"
    "created-machine-count: \"3\"\n"
    "metric-collectors:\n"
    "- {type: prometheus, metric-name: queue_depth, address: 'http://127.0.0.1:1', query: q}\n"
    "- {type: http, metric-name: errors, url: 'http://127.0.0.1:1/', value: /errors}\n";

test::Run check(std::string_view yaml, const test::Variables& variables = {}) {
  const test::ConfigFile file(yaml);
  test::Run run = test::run({"check", "-config", file.path()}, variables);
  // The file's path differs from run to run.
  for (std::size_t at = run.err.find(file.path()); at != std::string::npos; at = run.err.find(file.path())) {
    run.err.replace(at, file.path().size(), "fas.yml");
  }
  return run;
}

TEST(Check, SaysWhatItFound) {
  const test::Run run = check(kGood);
  EXPECT_EQ(run.err, "");
  EXPECT_EQ(run.out, "ok: app worker, 2 collectors, 3 expressions\n");
  EXPECT_EQ(run.status, 0);
}

TEST(Check, PointsIntoAnExpression) {
  std::string yaml(kGood);
  yaml.replace(yaml.find("queue_depth / 10"), 16, "queue_dpeth / 10");
  const test::Run run = check(yaml);
  EXPECT_EQ(run.status, 1);
  EXPECT_EQ(run.out, "");
  EXPECT_TRUE(run.err.starts_with("ERROR: fas.yml:3:28: ")) << run.err;
  EXPECT_NE(run.err.find("queue_dpeth / 10"), std::string::npos) << run.err;
  EXPECT_NE(run.err.find("^"), std::string::npos) << run.err;
  EXPECT_NE(run.err.find("queue_depth"), std::string::npos) << "a suggestion: " << run.err;
}

TEST(Check, ReportsEveryExpression) {
  std::string yaml(kGood);
  yaml.replace(yaml.find("queue_depth / 10"), 16, "1 +");
  yaml.replace(yaml.find("max(1, errors)"), 14, "nope()");
  const test::Run run = check(yaml);
  EXPECT_EQ(run.status, 1);
  EXPECT_NE(run.err.find("fas.yml:3:"), std::string::npos) << run.err;
  EXPECT_NE(run.err.find("fas.yml:4:"), std::string::npos) << run.err;
}

TEST(Check, ReportsEveryProblemOfTheFile) {
  const test::Run run = check(std::string(kGood) + "intervall: 15s\ntimeout: 30\n");
  EXPECT_EQ(run.status, 1);
  EXPECT_EQ(run.err,
            "ERROR: fas.yml:9:1: unknown key \"intervall\"; did you mean \"interval\"?\n"
            "fas.yml:10:10: cannot parse timeout as duration: \"30\"; add a unit: \"30s\"\n");
}

TEST(Check, NeverShowsASecret) {
  const test::Variables variables = {{"TOKEN", "fm2_verysecret"}};
  for (const std::string line : {"timeout: $TOKEN\n", "$TOKEN: x\n", "api-token: [$TOKEN]\n", "x: '$TOKEN\n"}) {
    const test::Run run = check("app-name: w\nstarted-machine-count: 1\n" + line, variables);
    EXPECT_EQ(run.status, 1) << line;
    EXPECT_EQ((run.err + run.out).find("fm2_verysecret"), std::string::npos) << run.err;
  }
}

}  // namespace
}  // namespace fas::cli
