// The source nats against real NATS servers.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <optional>

#include "tests/metrics/real_source.h"
#include "tests/support/nats_server.h"
#include "tests/support/raw_server.h"
#include "tests/support/test_ca.h"

namespace fas::metrics {
namespace {

class RealNats : public RealSourceTest {
 protected:
  static void SetUpTestSuite() {
    if (!test::NatsServer::installed()) return;
    server = std::make_unique<test::NatsServer>(
        test::NatsOptions{.more = "accounts {\n  TEAM { jetstream: enabled, users: [{user: team, password: s3cret}] }\n"
                                  "  EMPTY { jetstream: enabled, users: [{user: empty, password: s3cret}] }\n"
                                  "  $SYS { users: [{user: sys, password: s3cret}] }\n}\n",
                          .tls_cert = {},
                          .tls_key = {}});
  }
  static void TearDownTestSuite() { server.reset(); }
  void SetUp() override {
    if (server == nullptr) GTEST_SKIP() << "nats-server is not installed";
    client.emplace(server->port(), "team", "s3cret");
  }

  // A stream of its own for each test, with a consumer "worker".
  void make_stream(const std::string& name, const std::string& consumer_config = R"("ack_policy":"explicit")") {
    client->api("STREAM.CREATE." + name,
                fmt::format(R"({{"name":"{0}","subjects":["{0}.*"],"storage":"file"}})", name));
    client->api(
        fmt::format("CONSUMER.DURABLE.CREATE.{}.worker", name),
        fmt::format(R"({{"stream_name":"{}","config":{{"durable_name":"worker",{}}}}})", name, consumer_config));
  }

  std::unique_ptr<Source> nats(const std::string& stream, Settings more = {}) {
    more.values.emplace("host", text(server->url()));
    more.values.emplace("account", text("TEAM"));
    more.values.emplace("stream", text(stream));
    if (!more.has("value") || more.text("value") != "messages") more.values.emplace("consumer", text("worker"));
    return make("nats", more);
  }

  double value(const std::string& stream, std::string what) {
    return number(collect(*nats(stream, settings({{"value", text(std::move(what))}}))));
  }

  static std::unique_ptr<test::NatsServer> server;
  std::optional<test::NatsClient> client;
};

std::unique_ptr<test::NatsServer> RealNats::server;

TEST_F(RealNats, FollowsAConsumer) {
  make_stream("JOBS");
  const auto lag = nats("JOBS");
  EXPECT_EQ(number(collect(*lag)), 0);
  client->store("JOBS.mail", 5);
  EXPECT_EQ(number(collect_until(*lag, 5)), 5);

  client->subscribe("fetched", 1);
  client->publish("$JS.API.CONSUMER.MSG.NEXT.JOBS.worker", R"({"batch":2,"no_wait":true})", "fetched");
  const auto first = client->next();
  const auto second = client->next();
  EXPECT_EQ(first.payload, "job");
  EXPECT_EQ(value("JOBS", "pending"), 3);
  EXPECT_EQ(value("JOBS", "ack-pending"), 2);
  EXPECT_EQ(value("JOBS", "messages"), 5);
  EXPECT_EQ(number(collect(*lag)), 5) << "what is at work counts";

  client->request(first.reply_to, "+ACK");
  client->request(second.reply_to, "+ACK");
  EXPECT_EQ(number(collect_until(*lag, 3)), 3);
}

TEST_F(RealNats, APushConsumerWithoutInterest) {
  make_stream("PUSHED", R"("ack_policy":"explicit","deliver_subject":"to.worker")");
  client->store("PUSHED.a", 3);
  const auto lag = nats("PUSHED");
  EXPECT_EQ(number(collect_until(*lag, 3)), 3);
  client->subscribe("to.worker", 7);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(client->next().payload, "job");
  EXPECT_EQ(number(collect_until(*lag, 3)), 3) << "delivered, not acknowledged";
  EXPECT_EQ(value("PUSHED", "pending"), 0);
  client->unsubscribe(7);
  EXPECT_EQ(number(collect_until(*lag, 0)), 0);
}

TEST_F(RealNats, NamesInUnicode) {
  make_stream("größe-worker");
  client->store("größe-worker.a", 1);
  EXPECT_EQ(number(collect_until(*nats("größe-$APP_NAME"), 1)), 1);
}

TEST_F(RealNats, WhatIsNotThere) {
  make_stream("HERE");
  const Settings zero = settings({{"empty-value", 0.0}});
  expect_error(collect(*nats("NOPE", zero)), ErrorKind::kNotFound, "no stream NOPE in account TEAM");
  expect_error(collect(*nats("HERE", settings({{"consumer", text("nope")}}))), ErrorKind::kNotFound,
               "no consumer nope of stream HERE");
  expect_error(collect(*nats("HERE", settings({{"account", text("EMPTY")}}))), ErrorKind::kNotFound,
               "no stream HERE in account EMPTY");
  expect_error(collect(*nats("HERE", settings({{"account", text("NOPE")}}))), ErrorKind::kNotFound, "NOPE");
}

TEST_F(RealNats, ComesBackAfterACrash) {
  make_stream("KEPT");
  client->store("KEPT.a", 2);
  const auto lag = nats("KEPT");
  EXPECT_EQ(number(collect_until(*lag, 2)), 2);
  server->kill();
  expect_error(collect(*lag), ErrorKind::kUnavailable, "127.0.0.1");
  server->restart();
  EXPECT_EQ(number(collect_until(*lag, 2)), 2);
}

TEST_F(RealNats, WithoutJetStreamAndOverTls) {
  const test::TestCa ca;
  const test::TestCa::Identity identity = ca.issue("IP:127.0.0.1");
  const test::NatsServer plain({.more = {}, .tls_cert = identity.cert, .tls_key = identity.key, .jetstream = false});
  Settings given = settings({{"host", text(plain.url())}});
  expect_error(collect(*nats("JOBS", given)), ErrorKind::kUnavailable, "127.0.0.1");
  given.values.emplace("tls", std::make_shared<const Settings>(settings({{"ca", text(ca.pem())}})));
  expect_error(collect(*nats("JOBS", given)), ErrorKind::kInvalid, "this server has no JetStream");
}

TEST_F(RealNats, TheDeadlineEndsACall) {
  const test::RawServer silent(
      loop, [](const test::RawRequest&) { return test::RawReply{.bytes = "", .then = test::RawReply::Then::kHang}; });
  const auto alone = nats("JOBS", settings({{"host", text(silent.url(""))}}));
  expect_error(collect(*alone, "worker", std::chrono::milliseconds(200)), ErrorKind::kTimeout, "127.0.0.1");
  make_stream("PATIENT");
  const auto behind = nats("PATIENT", settings({{"host", text(silent.url("") + "," + server->url())}}));
  EXPECT_EQ(number(collect(*behind, "worker", std::chrono::seconds(1))), 0) << "the next member still has its time";
}

// Three members; a stream and a consumer with three replicas.
TEST_F(RealNats, TheLeaderOfACluster) {
  std::vector<std::string> routes(3);
  for (std::string& route : routes) route = "127.0.0.1:" + std::to_string(test::free_port());
  std::vector<std::unique_ptr<test::NatsServer>> members;
  for (std::size_t i = 0; i < routes.size(); ++i) {
    std::string more = fmt::format("cluster {{ name: c, listen: \"{}\", routes: [", routes[i]);
    for (const std::string& route : routes) more += fmt::format("\"nats://{}\",", route);
    members.push_back(std::make_unique<test::NatsServer>(
        test::NatsOptions{.name = fmt::format("member{}", i), .more = more + "] }\n", .tls_cert = {}, .tls_key = {}}));
  }
  const std::string first = members[0]->url();
  const auto port = static_cast<std::uint16_t>(std::stoi(first.substr(first.rfind(':') + 1)));
  const TimePoint end = clock.now() + std::chrono::seconds(60);
  std::string state;
  while (!state.contains("\"leader\"") && clock.now() < end) {
    test::run(loop, pause());
    test::http_get(port, "/jsz", &state);
  }
  client.emplace(members[0]->port());
  client->api("STREAM.CREATE.JOBS", R"({"name":"JOBS","subjects":["JOBS.*"],"num_replicas":3})");
  client->api("CONSUMER.DURABLE.CREATE.JOBS.worker",
              R"({"stream_name":"JOBS","config":{"durable_name":"worker","ack_policy":"explicit"}})");
  client->store("JOBS.a", 4);

  std::string all;
  for (const auto& member : members) all += (all.empty() ? "" : ",") + member->url();
  const auto of = [&](const std::string& hosts) {
    return nats("JOBS", settings({{"host", text(hosts)}, {"account", text("$G")}}));
  };
  const auto lag = of(all);
  EXPECT_EQ(number(collect_until(*lag, 4)), 4);
  std::vector<std::size_t> leaders;
  for (std::size_t i = 0; i < members.size(); ++i) {
    const auto sample = collect(*of(members[i]->url()));
    if (sample) {
      leaders.push_back(i);
    } else {
      expect_error(sample, ErrorKind::kInvalid, "is led by another member of the cluster, member");
    }
  }
  EXPECT_EQ(leaders.size(), 1U);
}

}  // namespace
}  // namespace fas::metrics
