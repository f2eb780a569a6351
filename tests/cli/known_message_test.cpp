// The messages that users and scripts of the Go program know, through the program's own entry: "ERROR: " before them,
// exit status 1.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/cli/support.h"

namespace fas::cli {
namespace {

using test::Variables;

struct Case {
  std::string_view command;
  Variables variables;
  std::string yaml;  // empty: no file
  std::string_view message;
};

test::Run run_case(const Case& c) {
  if (c.yaml.empty()) return test::run({std::string(c.command)}, c.variables);
  const test::ConfigFile file(c.yaml);
  return test::run({std::string(c.command), "-config", file.path()}, c.variables);
}

const Variables kServe = {
    {"FAS_APP_NAME", "worker"}, {"FAS_STARTED_MACHINE_COUNT", "1"}, {"FAS_API_TOKEN", "secret-token"}};

Variables with(Variables more) {
  more.insert(kServe.begin(), kServe.end());
  return more;
}

Variables without(std::string_view name) {
  Variables variables = kServe;
  variables.erase(variables.find(name));
  return variables;
}

TEST(KnownMessage, ComesOutVerbatim) {
  const std::string collector = "metric-collectors: [{";
  const std::vector<Case> cases = {
      {"serve", without("FAS_APP_NAME"), "", "app name required"},
      {"serve", without("FAS_STARTED_MACHINE_COUNT"), "",
       "must define either created machine count or started machine count"},
      {"serve", without("FAS_API_TOKEN"), "", "api token required"},
      {"check", without("FAS_API_TOKEN"), "", "api token required"},
      {"serve", with({{"FAS_APP_NAME", "worker-*"}}), "", "organization required if app name uses a wildcard"},
      {"serve", with({{"FAS_MIN_STARTED_MACHINE_COUNT", "1"}}), "",
       "cannot define started machine count and min/max started machine count"},
      {"eval", with({{"FAS_INITIAL_MACHINE_STATE", "x"}}), "",
       "initial machine state must be either 'started' or 'stopped'"},
      {"serve", with({{"FAS_INTERVAL", "abc"}}), "", "cannot parse FAS_INTERVAL as duration: \"abc\""},
      {"eval", with({{"FAS_TIMEOUT", "abc"}}), "", "cannot parse FAS_TIMEOUT as duration: \"abc\""},
      {"serve", with({{"FAS_APP_LIST_REFRESH_INTERVAL", "abc"}}), "",
       "cannot parse FAS_APP_LIST_REFRESH_INTERVAL as duration: \"abc\""},
      {"check", with({{"FAS_CONCURRENCY", "abc"}}), "", "cannot parse FAS_CONCURRENCY as integer: \"abc\""},
      {"serve", kServe, collector + "type: prometheus, address: 'http://h', query: q}]",
       "metric-collectors[0]: metric name required"},
      {"serve", kServe, collector + "metric-name: m}]", "metric-collectors[0]: type required"},
      {"serve", kServe, collector + "metric-name: m, type: x}]", "metric-collectors[0]: invalid type: \"x\""},
      {"serve", kServe, collector + "metric-name: m, type: prometheus, query: q}]",
       "metric-collectors[0]: prometheus address required"},
      {"serve", kServe, collector + "metric-name: m, type: prometheus, address: 'http://h'}]",
       "metric-collectors[0]: prometheus query required"},
  };
  for (const Case& c : cases) {
    const test::Run run = run_case(c);
    EXPECT_EQ(run.err, "ERROR: " + std::string(c.message) + "\n") << c.command;
    EXPECT_EQ(run.status, 1) << c.message;
    EXPECT_EQ(run.out, "") << c.message;
  }
}

}  // namespace
}  // namespace fas::cli
