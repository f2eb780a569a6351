// The source prometheus against a real Prometheus, which scrapes a page that the test serves.
#include <gtest/gtest.h>

#include "metrics/registry.h"
#include "net/curl_transport.h"
#include "net/http_server.h"
#include "net/system_clock.h"
#include "tests/metrics/settings.h"
#include "tests/support/prometheus_server.h"
#include "tests/support/raw_server.h"
#include "tests/support/test_ca.h"

namespace fas::metrics {
namespace {

namespace asio = boost::asio;

class RealPrometheus : public testing::Test {
 protected:
  void SetUp() override {
    if (!test::PrometheusServer::installed()) GTEST_SKIP() << "prometheus is not installed";
  }

  std::unique_ptr<Source> make(std::string_view type, const Settings& given) {
    const SourceKind* kind = find_source_kind(type);
    if (auto valid = validate(*kind, given); !valid) throw std::runtime_error(valid.error().message);
    auto source = kind->make(SourceContext{.loop = loop, .clock = clock, .http = http}, given);
    if (!source) throw std::runtime_error(source.error().message);
    return std::move(*source);
  }

  std::unique_ptr<Source> prometheus(const std::string& address, const std::string& query, Settings more = {}) {
    more.values.insert_or_assign("address", address);
    more.values.insert_or_assign("query", query);
    return make("prometheus", more);
  }

  Result<Sample> collect(Source& source, std::string app = "worker",
                         std::chrono::milliseconds limit = std::chrono::seconds(10)) {
    Query query{.app = std::move(app)};
    return test::run(loop, source.collect(std::move(query), clock.now() + limit));
  }

  // Asks until the answer is this number, at most for half a minute; the last answer.
  Result<Sample> collect_until(Source& source, double value) {
    const TimePoint end = clock.now() + std::chrono::seconds(30);
    for (;;) {
      Result<Sample> sample = collect(source);
      const double* number = sample ? std::get_if<double>(&sample->value) : nullptr;
      if (number != nullptr && *number == value) return sample;
      if (clock.now() >= end) return sample;
      test::run(loop, pause());
    }
  }

  asio::awaitable<bool> pause() {
    co_await clock.sleep_until(clock.now() + std::chrono::milliseconds(50));
    co_return true;
  }

  asio::io_context loop;
  net::SystemClock clock{loop};
  net::CurlTransport http{loop, clock};
};

// A page of metrics on the test's own loop.
class Page {
 public:
  explicit Page(asio::io_context& loop) {
    auto started = net::HttpServer::start(loop, {}, [this](const net::ServerRequest&) { return serve(text); });
    if (!started) throw std::runtime_error(started.error().message);
    server_ = std::move(*started);
  }

  std::uint16_t port() const { return server_->port(); }
  std::string text;

 private:
  static asio::awaitable<net::ServerResponse> serve(std::string body) {
    net::ServerResponse response;
    response.content_type = "text/plain; version=0.0.4";
    response.body = std::move(body);
    co_return response;
  }

  std::unique_ptr<net::HttpServer> server_;
};

TEST_F(RealPrometheus, FollowsAMetricThatChanges) {
  Page page(loop);
  page.text = "queue_depth{app=\"worker\",zone=\"zürich\"} 3\nqueue_depth{app=\"other\"} 50\n";
  const test::PrometheusServer server({.targets = {page.port()}});
  const auto depth = prometheus(server.url(), "sum(queue_depth{app=\"$APP_NAME\"})");
  EXPECT_EQ(number(collect_until(*depth, 3)), 3);
  EXPECT_EQ(number(collect(*depth, "other")), 50);
  EXPECT_EQ(message(collect(*depth, "nobody")), "empty prometheus result");
  page.text = "queue_depth{app=\"worker\"} 1e18\n";
  EXPECT_EQ(number(collect_until(*depth, 1e18)), 1e18);
}

TEST_F(RealPrometheus, ResultsOfEveryType) {
  const test::PrometheusServer server;
  struct Case {
    std::string_view query;
    double value;
  };
  for (const Case& c : std::initializer_list<Case>{
           {"42", 42},
           {"vector(2) * 3", 6},
           {"\"7.5\"", 7.5},
           {"-1/0", -HUGE_VAL},
           {"label_replace(vector(4), \"copy\", \"$1\", \"x\", \"(.*)\")", 4},
       }) {
    for (const std::string_view method : {"GET", "POST"}) {
      const auto source =
          prometheus(server.url(), std::string(c.query), settings({{"method", text(std::string(method))}}));
      EXPECT_EQ(number(collect(*source)), c.value) << method << " " << c.query;
    }
  }
  EXPECT_EQ(message(collect(*prometheus(server.url(), "vector(0)/0"))), "the value is NaN, which is no number");
}

TEST_F(RealPrometheus, SeriesAndRanges) {
  Page page(loop);
  page.text = "jobs{queue=\"a\"} 1\njobs{queue=\"b\"} 2\n";
  const test::PrometheusServer server({.targets = {page.port()}});
  EXPECT_EQ(number(collect_until(*prometheus(server.url(), "count(jobs)"), 2)), 2);
  const auto series = collect(*prometheus(server.url(), "sort(jobs)", settings({{"series", true}})));
  ASSERT_TRUE(series) << series.error().message;
  const auto& points = std::get<Series>(series->value);
  ASSERT_EQ(points.size(), 2U);
  EXPECT_EQ(points[0].labels.at("queue"), "a");
  EXPECT_EQ(points[1].value, 2);

  const auto one = collect(*prometheus(server.url(), "sort(jobs)"));
  EXPECT_EQ(number(one), 1);
  ASSERT_EQ(one->warnings.size(), 1U);
  EXPECT_TRUE(one->warnings[0].starts_with("2 series, took the first")) << one->warnings[0];

  const auto range = prometheus(server.url(), "jobs{queue=\"b\"}[1m]", settings({{"max-age", Duration(1)}}));
  const auto old = collect(*range);  // a range keeps the time of each sample, which a nanosecond is too short for
  EXPECT_NE(message(old).find("longer than max-age"), std::string::npos) << message(old);
}

TEST_F(RealPrometheus, OneQuestionForAllApps) {
  Page page(loop);
  page.text =
      "jobs{app=\"web\",region=\"ams\"} 1\njobs{app=\"web\",region=\"fra\"} 2\njobs{app=\"mail\"} "
      "10\njobs{app=\"img\"} 20\n";
  const test::PrometheusServer server({.targets = {page.port()}});
  ASSERT_EQ(number(collect_until(*prometheus(server.url(), "count(jobs)"), 4)), 4);
  const Settings by_app = settings({{"group-by", text("app")}});
  const auto sums = prometheus(server.url(), "sum by (app) (jobs)", by_app);
  EXPECT_EQ(number(collect(*sums, "web")), 3);
  EXPECT_EQ(number(collect(*sums, "mail")), 10);
  EXPECT_EQ(number(collect(*sums, "img")), 20);
  EXPECT_EQ(message(collect(*sums, "nobody")), "empty prometheus result");
  const auto series =
      prometheus(server.url(), "sum by (app, region) (jobs)", settings({{"group-by", text("app")}, {"series", true}}));
  const auto web = collect(*series, "web");
  ASSERT_TRUE(web) << web.error().message;
  EXPECT_EQ(std::get<Series>(web->value).size(), 2U);
  EXPECT_TRUE(
      message(collect(*prometheus(server.url(), "sum(jobs)", by_app), "web")).contains("no series has the label"));
}

TEST_F(RealPrometheus, ErrorsOfTheServer) {
  const test::PrometheusServer server;
  const auto bad = collect(*prometheus(server.url(), "sum(("));
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().kind, ErrorKind::kInvalid);
  EXPECT_TRUE(bad.error().message.starts_with("prometheus at " + server.url() + "/ answered HTTP 400: bad_data: "))
      << bad.error().message;
  const auto wrong_path = collect(*prometheus(server.url() + "/nope", "1"));
  ASSERT_FALSE(wrong_path);
  EXPECT_EQ(wrong_path.error().kind, ErrorKind::kNotFound) << wrong_path.error().message;
}

TEST_F(RealPrometheus, UnderAPathPrefix) {
  const test::PrometheusServer server({.more_arguments = {"--web.route-prefix=/prometheus/org"}});
  EXPECT_EQ(number(collect(*prometheus(server.url() + "/prometheus/org/", "1"))), 1);
}

TEST_F(RealPrometheus, UsersAndTls) {
  const test::TestCa ca;
  const test::TestCa::Identity identity = ca.issue("IP:127.0.0.1");
  const test::TempDir folder;
  const test::PrometheusServer server(
      {.web_config = "tls_server_config: { cert_file: '" + folder.write("cert.pem", identity.cert) + "', key_file: '" +
                     folder.write("key.pem", identity.key) +
                     // s3cret-password
                     "' }\nbasic_auth_users:\n  fas: $2b$04$abcdefghijklmnopqrstuuC7SXhJX4cg91gnoj6MHausKQZwb/cSe\n"});
  const std::string address = "https://127.0.0.1:" + std::to_string(server.port());
  const auto trusted = std::make_shared<const Settings>(settings({{"ca", text(ca.pem())}}));

  const Settings right = settings({{"tls", trusted}, {"user", text("fas")}, {"password", text("s3cret-password")}});
  EXPECT_EQ(number(collect(*prometheus(address, "5", right))), 5);

  const Settings wrong = settings({{"tls", trusted}, {"user", text("fas")}, {"password", text("wr0ng-password")}});
  const auto refused = collect(*prometheus(address, "5", wrong));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kUnauthorized) << refused.error().message;
  EXPECT_EQ(refused.error().message.find("wr0ng-password"), std::string::npos) << refused.error().message;

  const auto untrusted = collect(*prometheus(address, "5"));
  ASSERT_FALSE(untrusted);
  EXPECT_EQ(untrusted.error().kind, ErrorKind::kUnavailable) << untrusted.error().message;
}

TEST_F(RealPrometheus, ComesBackAfterARestart) {
  test::PrometheusServer server;
  const auto source = prometheus(server.url(), "5");
  EXPECT_EQ(number(collect(*source)), 5);
  server.stop();
  const auto away = collect(*source);
  ASSERT_FALSE(away);
  EXPECT_NE(away.error().message.find("127.0.0.1:" + std::to_string(server.port())), std::string::npos)
      << away.error().message;
  server.restart();
  EXPECT_EQ(number(collect(*source)), 5);
}

TEST_F(RealPrometheus, TheHttpSourceReadsItsOwnPage) {
  const test::PrometheusServer server;
  const Settings page = settings({{"url", text(server.url() + "/metrics")}, {"metric", text("prometheus_ready")}});
  EXPECT_EQ(number(collect(*make("http", page))), 1);
  const Settings json =
      settings({{"url", text(server.url() + "/api/v1/query?query=6")}, {"value", text("/data/result/1")}});
  EXPECT_EQ(number(collect(*make("http", json))), 6);
}

TEST_F(RealPrometheus, TheDeadlineEndsACall) {
  const test::RawServer server(loop, [](const test::RawRequest&) {
    return test::RawReply{.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{",
                          .then = test::RawReply::Then::kHang};
  });
  const auto source = prometheus(server.url(""), "1");
  const auto sample = collect(*source, "worker", std::chrono::milliseconds(200));
  ASSERT_FALSE(sample);
  EXPECT_EQ(sample.error().kind, ErrorKind::kTimeout) << sample.error().message;
  EXPECT_EQ(server.connections(), 1);
}

}  // namespace
}  // namespace fas::metrics
