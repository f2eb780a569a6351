// The source rabbitmq against a real RabbitMQ.
#include <gtest/gtest.h>

#include "net/url.h"
#include "tests/metrics/real_source.h"
#include "tests/support/rabbitmq_server.h"
#include "tests/support/raw_server.h"
#include "tests/support/test_ca.h"

namespace fas::metrics {
namespace {

class RealRabbitmq : public RealSourceTest {
 protected:
  static void SetUpTestSuite() {
    if (!test::RabbitmqServer::installed()) return;
    ca = std::make_unique<test::TestCa>();
    const test::TestCa::Identity identity = ca->issue("IP:127.0.0.1");
    server = std::make_unique<test::RabbitmqServer>(identity.cert, identity.key);
  }
  static void TearDownTestSuite() { server.reset(); }
  void SetUp() override {
    if (server == nullptr) GTEST_SKIP() << "rabbitmq-server is not installed";
  }

  static std::shared_ptr<const Settings> tls() {
    return std::make_shared<const Settings>(settings({{"ca", text(ca->pem())}}));
  }

  std::unique_ptr<Source> rabbitmq(Settings more) {
    more.values.emplace("host", server->url());
    more.values.emplace("user", text("guest"));
    more.values.emplace("password", text("guest"));
    more.values.emplace("tls", tls());
    return make("rabbitmq", more);
  }

  // A call of the API that must succeed.
  void call(std::string method, const std::string& path, std::string body) {
    net::HttpRequest request;
    request.method = std::move(method);
    request.url = server->url() + "/api/" + path;
    request.headers = {{"Content-Type", "application/json"}};
    request.body = std::move(body);
    request.basic_auth = "guest:guest";
    request.tls = std::make_shared<const net::TlsSettings>(net::TlsSettings{.ca = ca->pem()});
    const auto response = test::run(loop, http.send(std::move(request), clock.now() + std::chrono::seconds(20)));
    ASSERT_TRUE(response) << response.error().message;
    ASSERT_LT(response->status, 300) << path << ": " << response->body;
  }

  void publish(const std::string& queue, int count) {
    for (int i = 0; i < count; ++i) {
      call("POST", "exchanges/%2F/amq.default/publish",
           R"({"properties":{},"routing_key":")" + queue + R"(","payload":"x","payload_encoding":"string"})");
    }
  }

  static std::unique_ptr<test::TestCa> ca;
  static std::unique_ptr<test::RabbitmqServer> server;
};

std::unique_ptr<test::TestCa> RealRabbitmq::ca;
std::unique_ptr<test::RabbitmqServer> RealRabbitmq::server;

TEST_F(RealRabbitmq, FollowsAQueueThatChanges) {
  call("PUT", "queues/%2F/" + net::percent_encode("jöbs/worker"), R"({"durable":true})");
  const auto depth = rabbitmq(settings({{"queue", text("jöbs/$APP_NAME")}}));
  EXPECT_EQ(number(collect_until(*depth, 0)), 0);
  publish("jöbs/worker", 3);
  EXPECT_EQ(number(collect_until(*depth, 3)), 3);
  EXPECT_EQ(number(collect(*rabbitmq(settings({{"queue", text("jöbs/worker")}, {"value", text("ready")}})))), 3);
  EXPECT_EQ(number(collect(*rabbitmq(settings({{"queue", text("jöbs/worker")}, {"value", text("unacked")}})))), 0);
  EXPECT_GE(number(collect(*rabbitmq(settings({{"queue", text("jöbs/worker")}, {"value", text("publish-rate")}})))), 0);
  call("DELETE", "queues/%2F/" + net::percent_encode("jöbs/worker") + "/contents", "");
  EXPECT_EQ(number(collect_until(*depth, 0)), 0);
}

TEST_F(RealRabbitmq, AddsUpQueuesByARegularExpression) {
  for (const std::string name : {"sum.a", "sum.b", "other.sum"}) call("PUT", "queues/%2F/" + name, "{}");
  publish("sum.a", 1);
  publish("sum.b", 2);
  publish("other.sum", 1);
  EXPECT_EQ(number(collect_until(*rabbitmq(settings({{"queue-regex", text("^sum\\.")}})), 3)), 3);
  const auto series = collect(*rabbitmq(settings({{"queue-regex", text("^sum\\.")}, {"series", true}})));
  ASSERT_TRUE(series) << series.error().message;
  const auto& points = std::get<Series>(series->value);
  ASSERT_EQ(points.size(), 2U);
  EXPECT_EQ(points[0].labels, (TextMap{{"queue", "sum.a"}, {"vhost", "/"}}));
  EXPECT_EQ(points[1].value, 2);
  expect_error(collect(*rabbitmq(settings({{"queue-regex", text("^nothing$")}}))), ErrorKind::kNotFound,
               "no queue matches queue-regex ^nothing$ in vhost /");
  expect_error(collect(*rabbitmq(settings({{"queue-regex", text("(")}}))), ErrorKind::kInvalid, "HTTP 400");
}

TEST_F(RealRabbitmq, WhatIsNotThere) {
  expect_error(collect(*rabbitmq(settings({{"queue", text("nope")}, {"empty-value", 0.0}}))), ErrorKind::kNotFound,
               "no queue nope in vhost /");
  expect_error(collect(*rabbitmq(settings({{"queue", text("q")}, {"vhost", text("nope")}}))), ErrorKind::kNotFound,
               "no queue q in vhost nope");
}

TEST_F(RealRabbitmq, UsersAndTls) {
  call("PUT", "queues/%2F/rights", "{}");
  call("PUT", "users/fas", R"({"password":"s3cret-pass","tags":"management"})");
  const Settings right =
      settings({{"queue", text("rights")}, {"user", text("fas")}, {"password", text("s3cret-pass")}});
  expect_error(collect(*rabbitmq(right)), ErrorKind::kUnauthorized, "HTTP 401");
  call("PUT", "permissions/%2F/fas", R"({"configure":"^$","write":"^$","read":"^$"})");
  EXPECT_EQ(number(collect_until(*rabbitmq(right), 0)), 0);
  const Settings wrong = settings({{"queue", text("rights")}, {"user", text("fas")}, {"password", text("s3cret-bad")}});
  expect_error(collect(*rabbitmq(wrong)), ErrorKind::kUnauthorized, "HTTP 401");
  const Settings untrusted = settings({{"queue", text("rights")}, {"tls", std::make_shared<const Settings>()}});
  expect_error(collect(*rabbitmq(untrusted)), ErrorKind::kUnavailable, "127.0.0.1");
}

TEST_F(RealRabbitmq, ComesBackAfterARestart) {
  call("PUT", "queues/%2F/kept", R"({"durable":true})");
  const auto depth = rabbitmq(settings({{"queue", text("kept")}}));
  EXPECT_EQ(number(collect_until(*depth, 0)), 0);
  server->stop();
  expect_error(collect(*depth), ErrorKind::kUnavailable, "127.0.0.1:" + std::to_string(server->port()));
  server->restart();
  EXPECT_EQ(number(collect_until(*depth, 0)), 0);
}

TEST_F(RealRabbitmq, TheDeadlineEndsACall) {
  const test::RawServer silent(
      loop, [](const test::RawRequest&) { return test::RawReply{.bytes = "", .then = test::RawReply::Then::kHang}; });
  const auto source = rabbitmq(settings({{"host", text(silent.url(""))}, {"queue", text("q")}}));
  expect_error(collect(*source, "worker", std::chrono::milliseconds(200)), ErrorKind::kTimeout, "127.0.0.1");
}

}  // namespace
}  // namespace fas::metrics
