#include <gtest/gtest.h>

#include <string>

#include "tests/cli/support.h"

namespace fas::cli {
namespace {

using test::Variables;

Variables of_prometheus(const test::OneReplyServer& server, Variables counts) {
  counts.insert({{"FAS_APP_NAME", "worker"},
                 {"FAS_PROMETHEUS_ADDRESS", server.url()},
                 {"FAS_PROMETHEUS_METRIC_NAME", "q"},
                 {"FAS_PROMETHEUS_QUERY", "q{app=\"$APP_NAME\"}"}});
  return counts;
}

TEST(Eval, PrintsWhatTheGoProgramPrints) {
  const test::OneReplyServer server(test::one_sample("41"));
  struct Case {
    std::string_view name;
    Variables counts;
    std::string_view out;
  };
  const Case cases[] = {
      {"a plain count sets both ends",
       {{"FAS_STARTED_MACHINE_COUNT", "ceil(q / 10)"}},
       "{\n  \"created\": {\n    \"min\": null,\n    \"max\": null\n  },\n"
       "  \"started\": {\n    \"min\": 5,\n    \"max\": 5\n  }\n}\n"},
      {"ranges",
       {{"FAS_MIN_CREATED_MACHINE_COUNT", "q - 100"},
        {"FAS_MAX_CREATED_MACHINE_COUNT", "q / 2"},
        {"FAS_MIN_STARTED_MACHINE_COUNT", "-q"},
        {"FAS_MAX_STARTED_MACHINE_COUNT", "q"}},
       "{\n  \"created\": {\n    \"min\": 1,\n    \"max\": 21\n  },\n"
       "  \"started\": {\n    \"min\": 0,\n    \"max\": 41\n  }\n}\n"},
  };
  for (const Case& c : cases) {
    const test::Run run = test::run({"eval"}, of_prometheus(server, c.counts));
    EXPECT_EQ(run.err, "") << c.name;
    EXPECT_EQ(run.out, c.out) << c.name;
    EXPECT_EQ(run.status, 0) << c.name;
  }
}

TEST(Eval, Failures) {
  struct Case {
    std::string_view name;
    std::string reply;
    std::string_view count;
    std::string_view message;
  };
  const Case cases[] = {
      {"no series", R"({"status":"success","data":{"resultType":"vector","result":[]}})", "q",
       "empty prometheus result"},
      {"NaN", test::one_sample("0"), "q / q", "expression returned NaN"},
      {"Inf", test::one_sample("0"), "1 / q", "expression returned Inf"},
      {"garbage", "<html>", "q", "metric-collectors[0] (prometheus)"},
      {"unknown name", test::one_sample("0"), "quueue", "FAS_STARTED_MACHINE_COUNT"},
  };
  for (const Case& c : cases) {
    const test::OneReplyServer server(c.reply);
    const test::Run run =
        test::run({"eval"}, of_prometheus(server, {{"FAS_STARTED_MACHINE_COUNT", std::string(c.count)}}));
    EXPECT_EQ(run.status, 1) << c.name;
    EXPECT_EQ(run.out, "") << c.name;
    EXPECT_TRUE(run.err.starts_with("ERROR: ")) << c.name << run.err;
    EXPECT_NE(run.err.find(c.message), std::string::npos) << c.name << ": " << run.err;
  }
}

TEST(Eval, AMetricThatNoExpressionUsesMayFail) {
  const test::OneReplyServer server("<html>");
  const test::Run run = test::run({"eval"}, of_prometheus(server, {{"FAS_STARTED_MACHINE_COUNT", "2"}}));
  EXPECT_EQ(run.status, 0) << run.err;
}

TEST(Eval, NeedsNoToken) {
  const test::Run run = test::run({"eval"}, {{"FAS_APP_NAME", "w-*"}, {"FAS_CREATED_MACHINE_COUNT", "2.5"}});
  EXPECT_EQ(run.out,
            "{\n  \"created\": {\n    \"min\": 3,\n    \"max\": 3\n  },\n"
            "  \"started\": {\n    \"min\": null,\n    \"max\": null\n  }\n}\n")
      << run.err;
}

}  // namespace
}  // namespace fas::cli
