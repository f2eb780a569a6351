// The messages that users and scripts of the Go program know: each alone, word for word.
#include <gtest/gtest.h>

#include <ostream>
#include <string>

#include "tests/config/support.h"

namespace fas::config {
namespace {

struct Case {
  std::string_view name;
  test::Variables variables;
  std::string_view error;
  Purpose purpose = Purpose::kEvaluate;
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

class KnownMessage : public testing::TestWithParam<Case> {};

TEST_P(KnownMessage, Verbatim) {
  const Case& c = GetParam();
  EXPECT_EQ(test::error_of(load("", test::environment(c.variables), c.purpose)), c.error);
}

test::Variables with_app(test::Variables variables) {
  variables.emplace("FAS_APP_NAME", "worker");
  return variables;
}

test::Variables with_count(test::Variables variables) {
  variables.emplace("FAS_STARTED_MACHINE_COUNT", "1");
  return with_app(std::move(variables));
}

const Case kCases[] = {
    {"no app", {{"FAS_STARTED_MACHINE_COUNT", "1"}}, "app name required"},
    {"no count", with_app({}), "must define either created machine count or started machine count"},
    {"started thrice", with_count({{"FAS_MIN_STARTED_MACHINE_COUNT", "1"}, {"FAS_MAX_STARTED_MACHINE_COUNT", "1"}}),
     "cannot define started machine count and min/max started machine count"},
    {"started and its minimum", with_count({{"FAS_MIN_STARTED_MACHINE_COUNT", "1"}}),
     "cannot define started machine count and min/max started machine count"},
    {"created and its maximum", with_app({{"FAS_CREATED_MACHINE_COUNT", "1"}, {"FAS_MAX_CREATED_MACHINE_COUNT", "1"}}),
     "cannot define created machine count and min/max created machine count"},
    {"only min started", with_app({{"FAS_MIN_STARTED_MACHINE_COUNT", "1"}}),
     "max started machine count required if min started machine count is defined"},
    {"only max started", with_app({{"FAS_MAX_STARTED_MACHINE_COUNT", "1"}}),
     "min started machine count required if max started machine count is defined"},
    {"only min created", with_app({{"FAS_MIN_CREATED_MACHINE_COUNT", "1"}}),
     "max created machine count required if min created machine count is defined"},
    {"only max created", with_app({{"FAS_MAX_CREATED_MACHINE_COUNT", "1"}}),
     "min created machine count required if max created machine count is defined"},
    {"initial state", with_count({{"FAS_INITIAL_MACHINE_STATE", "paused"}}),
     "initial machine state must be either 'started' or 'stopped'"},
    {"metric name", with_count({{"FAS_PROMETHEUS_ADDRESS", "http://x"}, {"FAS_PROMETHEUS_QUERY", "q"}}),
     "metric-collectors[0]: metric name required"},
    {"query", with_count({{"FAS_PROMETHEUS_ADDRESS", "http://x"}, {"FAS_PROMETHEUS_METRIC_NAME", "q"}}),
     "metric-collectors[0]: prometheus query required"},
    {"interval", with_count({{"FAS_INTERVAL", "abc"}}), "cannot parse FAS_INTERVAL as duration: \"abc\""},
    {"interval without unit", with_count({{"FAS_INTERVAL", "15"}}),
     "cannot parse FAS_INTERVAL as duration: \"15\"; add a unit: \"15s\""},
    {"timeout", with_count({{"FAS_TIMEOUT", "abc"}}), "cannot parse FAS_TIMEOUT as duration: \"abc\""},
    {"refresh", with_count({{"FAS_APP_LIST_REFRESH_INTERVAL", "abc"}}),
     "cannot parse FAS_APP_LIST_REFRESH_INTERVAL as duration: \"abc\""},
    {"concurrency", with_count({{"FAS_CONCURRENCY", "abc"}}), "cannot parse FAS_CONCURRENCY as integer: \"abc\""},
    {"token", with_count({}), "api token required", Purpose::kServe},
    {"organisation",
     {{"FAS_APP_NAME", "*"}, {"FAS_STARTED_MACHINE_COUNT", "1"}, {"FAS_API_TOKEN", "t"}},
     "organization required if app name uses a wildcard",
     Purpose::kServe},
    {"all is well for serve", with_count({{"FAS_API_TOKEN", "t"}}), "ok", Purpose::kServe},
    {"eval needs neither token nor organisation", {{"FAS_APP_NAME", "*"}, {"FAS_STARTED_MACHINE_COUNT", "1"}}, "ok"},
    {"everything at once",
     {{"FAS_CONCURRENCY", "x"}},
     "cannot parse FAS_CONCURRENCY as integer: \"x\"\n"
     "app name required\n"
     "must define either created machine count or started machine count\n"
     "api token required",
     Purpose::kServe},
    {"a URL", with_count({{"FLY_FLAPS_BASE_URL", "api.machines.dev"}}),
     "FLY_FLAPS_BASE_URL: must begin with http:// or https://"},
    {"not UTF-8", with_count({{"FAS_ORG", "\xff"}}), "FAS_ORG: not UTF-8 text"},
};
INSTANTIATE_TEST_SUITE_P(All, KnownMessage, testing::ValuesIn(kCases));

// A misspelt key has been answered; that its value is missing is not said again.
TEST(KnownMessageOfAFile, NotForAKeyThatIsMisspelt) {
  EXPECT_EQ(
      test::error_of(test::load_yaml("app-nam: x\nstarted-machines-count: 1\napi-tokens: x\n", {}, Purpose::kServe)),
      "fas.yml:1:1: unknown key \"app-nam\"; did you mean \"app-name\"?\n"
      "fas.yml:2:1: unknown key \"started-machines-count\"; did you mean \"started-machine-count\"?\n"
      "fas.yml:3:1: unknown key \"api-tokens\"; did you mean \"api-token\"?");
}

}  // namespace
}  // namespace fas::config
