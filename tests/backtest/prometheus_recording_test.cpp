// Recordings out of Prometheus: a row for each step, a column for each collector.
#include "backtest/prometheus_recording.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <cmath>
#include <string>
#include <vector>

#include "tests/config/support.h"
#include "tests/support/fake_transport.h"
#include "tests/support/run.h"
#include "tests/support/virtual_clock.h"

namespace fas::backtest {
namespace {

using std::chrono::seconds;

Result<PrometheusRecording> record(const std::string& yaml, test::FakeTransport::Script script) {
  const auto config = config::test::load_yaml("app-name: \"worker\"\nstarted-machine-count: \"1\"\n" + yaml);
  EXPECT_TRUE(config) << config.error().message;
  boost::asio::io_context loop;
  test::VirtualClock clock(loop);
  test::FakeTransport http(std::move(script));
  const metrics::SourceContext context{.loop = loop, .clock = clock, .http = http};
  const metrics::TimeRange range{
      .from = WallTime(seconds(1'700'000'000)), .to = WallTime(seconds(1'700'000'060)), .step = seconds(15)};
  return test::run(loop, record_prometheus(&context, config->collectors, "worker", range, seconds(10)));
}

TEST(PrometheusRecording, HoldsEachCollectorsValuesAtTheirSteps) {
  const auto recording =
      record(R"yaml(metric-collectors:
- { type: "prometheus", metric-name: "a", address: "http://p", query: "a" }
- { type: "http", metric-name: "other", url: "http://h" }
- { type: "prometheus", metric-name: "b", address: "http://p", query: "b", empty-value: 0 }
)yaml",
             [](const net::HttpRequest& request) -> Result<net::HttpResponse> {
               const bool is_a = request.url.find("query=a") != std::string::npos;
               return test::reply(200, std::string(R"({"status":"success","data":{"resultType":"matrix","result":[)") +
                                           (is_a ? R"({"metric":{},"values":[[1700000000,"1"],[1700000030,"2"]]})"
                                                 : R"({"metric":{},"values":[[1700000060,"7"]]})") +
                                           "]}}");
             });
  ASSERT_TRUE(recording) << recording.error().message;
  const scale::Samples& samples = recording->samples;
  EXPECT_EQ(samples.metrics, (std::vector<std::string>{"a", "b"}));
  ASSERT_EQ(samples.ticks.size(), 5U);
  EXPECT_EQ(samples.row(0)[0], 1);
  EXPECT_TRUE(std::isnan(samples.row(1)[0]));
  EXPECT_EQ(samples.row(2)[0], 2);
  EXPECT_EQ(samples.row(2)[1], 0);
  EXPECT_EQ(samples.row(4)[1], 7);
}

TEST(PrometheusRecording, Failures) {
  const auto none = record("metric-collectors:\n- { type: \"http\", metric-name: \"a\", url: \"http://h\" }\n",
                           test::always(200, ""));
  ASSERT_FALSE(none);
  EXPECT_NE(none.error().message.find("no collector of type prometheus"), std::string::npos);
  const auto down = record(
      "metric-collectors:\n- { type: \"prometheus\", metric-name: \"a\", address: \"http://p\", query: \"a\" }\n",
      test::always(503, ""));
  ASSERT_FALSE(down);
  EXPECT_TRUE(down.error().message.starts_with("metric a: prometheus at http://p/ answered HTTP 503"))
      << down.error().message;
}

}  // namespace
}  // namespace fas::backtest
