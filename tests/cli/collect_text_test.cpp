#include "cli/collect_text.h"

#include <gtest/gtest.h>

#include <chrono>
#include <vector>

#include "tests/cli/golden.h"

namespace fas::cli {
namespace {

using std::chrono::milliseconds;

constexpr WallTime kNow{std::chrono::hours(24 * 365 * 50)};

config::Collector collector(std::string type, std::string metric) {
  return {.type = std::move(type), .metric_name = std::move(metric)};
}

const std::vector<config::Collector>& collectors() {
  static const std::vector<config::Collector> all = {collector("prometheus", "queue_depth"), collector("redis", "jobs"),
                                                     collector("rabbitmq", "mails"), collector("prometheus", "busy")};
  return all;
}

const std::vector<scale::Observation>& observations() {
  static const std::vector<scale::Observation> all = {
      {.metric = "queue_depth", .value = 412.0, .latency = milliseconds(8), .at = kNow - std::chrono::seconds(3)},
      {.metric = "jobs",
       .value =
           fail(ErrorKind::kUnavailable,
                "metric-collectors[1] (redis): cannot connect to 127.0.0.1:6379: connection refused; is the server "
                "running, and the address right?"),
       .latency = milliseconds(2)},
      {.metric = "mails", .value = 0.5, .latency = milliseconds(1234)},
      {.metric = "busy",
       .value = Series{{{{"instance", "e1"}}, 1}, {{{"instance", "e2"}}, 0}, {{{"instance", "e3"}}, 2}, {{}, 7}},
       .latency = milliseconds(11)}};
  return all;
}

TEST(CollectText, OneSourceDown) { expect_golden("collect", collect_text(collectors(), observations(), kNow)); }

TEST(CollectText, NothingConfigured) { EXPECT_EQ(collect_text({}, {}, kNow), "no metric-collectors are configured\n"); }

TEST(CollectJson, ValueOrError) {
  const auto json = collect_json(collectors(), observations(), kNow);
  EXPECT_EQ(json[0].dump(),
            R"({"metric":"queue_depth","type":"prometheus","value":412.0,"age_seconds":3.0,"latency_seconds":0.008})");
  EXPECT_TRUE(json[1].contains("error"));
  EXPECT_FALSE(json[1].contains("value"));
  EXPECT_EQ(json[3]["value"][0].dump(), R"({"labels":{"instance":"e1"},"value":1.0})");
}

}  // namespace
}  // namespace fas::cli
