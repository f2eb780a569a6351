// The source temporal against a gRPC server, and against Temporal's own development server.
#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include "net/gather.h"
#include "tests/metrics/real_source.h"
#include "tests/metrics/temporal_server.h"
#include "tests/support/process.h"
#include "tests/support/raw_server.h"
#include "tests/support/temp_dir.h"
#include "tests/support/temporal_dev_server.h"
#include "tests/support/test_ca.h"

namespace fas::metrics {
namespace {

using List = std::vector<std::string>;
using test::FakeTemporal;
using test::TemporalCall;
using test::TemporalReply;
using test::TemporalStats;

constexpr std::chrono::milliseconds kSoon(200);

FieldValue tls(const Settings& given) { return std::make_shared<const Settings>(given); }

class Temporal : public RealSourceTest {
 protected:
  std::unique_ptr<Source> temporal(const std::string& address, Settings more = {}) {
    more.values.insert_or_assign("address", address);
    more.values.emplace("namespace", text("prod"));
    return make("temporal", more);
  }
};

TEST_F(Temporal, CountsRunningWorkflows) {
  std::int64_t count = 3;
  FakeTemporal server([&](const TemporalCall&) { return TemporalReply{.count = count}; });
  const auto all = temporal(server.address());
  const auto some = temporal(
      server.address(), settings({{"query", text("WorkflowType=\"${APP_NAME}\"")}, {"namespace", text("$APP_NAME")}}));
  EXPECT_EQ(number(collect(*all)), 3);
  for (const std::int64_t next : {std::int64_t{0}, std::int64_t{1} << 40, std::int64_t{7}}) {
    count = next;
    EXPECT_EQ(number(collect(*all)), static_cast<double>(next));
  }
  EXPECT_EQ(number(collect(*some, "mail")), 7);
  EXPECT_EQ(number(collect(*some, "zürich")), 7);
  const std::vector<TemporalCall> calls = server.calls();
  ASSERT_EQ(calls.size(), 6U);
  EXPECT_EQ(calls[0].method, "count");
  EXPECT_EQ(calls[0].name_space, "prod");
  EXPECT_EQ(calls[0].query, "ExecutionStatus=\"Running\"");
  EXPECT_EQ(calls[0].metadata.at("temporal-namespace"), "prod");
  EXPECT_FALSE(calls[0].metadata.contains("authorization"));
  EXPECT_EQ(calls[4].query, "ExecutionStatus=\"Running\" AND (WorkflowType=\"mail\")");
  EXPECT_EQ(calls[4].metadata.at("temporal-namespace"), "mail");
  EXPECT_EQ(calls[5].name_space, "zürich");
  EXPECT_FALSE(calls[5].metadata.contains("temporal-namespace")) << "no header can hold that";
  EXPECT_EQ(server.connections(), 1) << "all collectors share one";
}

TEST_F(Temporal, TaskQueues) {
  FakeTemporal server([](const TemporalCall& call) {
    const bool workflow = call.task_queue_type == 1;
    return TemporalReply{.stats = workflow ? TemporalStats{5, 2.5, 1.5F, 0.5F} : TemporalStats{10, 40, 0.25F, 4}};
  });
  struct Case {
    std::string_view value;
    List types;
    double expected;
  };
  for (const Case& c : std::initializer_list<Case>{{"backlog-count", {"workflow", "activity"}, 15},
                                                   {"backlog-count", {"workflow"}, 5},
                                                   {"backlog-age", {"workflow", "activity"}, 40},
                                                   {"backlog-age", {"workflow"}, 2.5},
                                                   {"add-rate", {"activity", "workflow"}, 1.75},
                                                   {"dispatch-rate", {"activity", "workflow"}, 4.5}}) {
    SCOPED_TRACE(c.value);
    const auto source = temporal(
        server.address(),
        settings({{"task-queue", text("mail")}, {"value", std::string(c.value)}, {"task-queue-types", c.types}}));
    EXPECT_DOUBLE_EQ(number(collect(*source)), c.expected);
  }
  const std::size_t before = server.calls().size();
  const auto series = temporal(server.address(), settings({{"task-queue", text("q-$APP_NAME")}, {"series", true}}));
  const auto sample = collect(*series);
  ASSERT_TRUE(sample) << sample.error().message;
  const auto& points = std::get<Series>(sample->value);
  ASSERT_EQ(points.size(), 2U);
  EXPECT_EQ(points[0].labels.at("task-queue-type"), "workflow");
  EXPECT_EQ(points[1].labels.at("task-queue-type"), "activity");
  EXPECT_EQ(points[1].value, 10);
  const std::vector<TemporalCall> calls = server.calls();
  ASSERT_EQ(calls.size(), before + 2);
  EXPECT_EQ(calls[before].method, "describe");
  EXPECT_EQ(calls[before].task_queue, "q-worker");
  EXPECT_EQ(calls[before].task_queue_kind, 1);
  EXPECT_EQ(calls[before].task_queue_type, 1);
  EXPECT_EQ(calls[before + 1].task_queue_type, 2);
  EXPECT_TRUE(calls[before].report_stats);
  EXPECT_EQ(calls[before].api_mode, 0);
}

TEST_F(Temporal, OlderServersAnswerInTheirEnhancedMode) {
  bool newer = false;
  FakeTemporal server([&](const TemporalCall& call) {
    if (newer) return call.api_mode == 0 ? TemporalReply{.stats = TemporalStats{.count = 1}} : TemporalReply{};
    if (call.api_mode == 0) return TemporalReply{};
    return TemporalReply{
        .versions = {{"", {{1, {5, 10, 1, 1}}, {2, {7, 3, 1, 1}}}}, {"build-2", {{1, {2, 30, 1, 1}}}}}};
  });
  const auto count = temporal(server.address(), settings({{"task-queue", text("mail")}}));
  EXPECT_EQ(number(collect(*count)), 14);
  EXPECT_EQ(number(collect(*count)), 14);
  std::vector<TemporalCall> calls = server.calls();
  ASSERT_EQ(calls.size(), 3U) << "the first way is not tried for ever";
  EXPECT_EQ(calls[1].api_mode, 1);
  EXPECT_EQ(calls[1].task_queue_types, (std::vector<int>{1, 2}));
  EXPECT_TRUE(calls[1].report_stats && calls[1].unversioned && calls[1].all_active);
  const auto age = temporal(server.address(), settings({{"task-queue", text("mail")}, {"value", text("backlog-age")}}));
  EXPECT_EQ(number(collect(*age)), 30);
  newer = true;  // an upgrade
  EXPECT_EQ(number(collect(*count)), 2);
  EXPECT_EQ(number(collect(*count)), 2);

  FakeTemporal oldest([](const TemporalCall&) { return TemporalReply{}; });
  const auto none = temporal(oldest.address(), settings({{"task-queue", text("mail")}, {"empty-value", 0.0}}));
  expect_error(collect(*none), ErrorKind::kInvalid, "that takes Temporal 1.25");
  expect_error(collect(*none), ErrorKind::kInvalid, "that takes Temporal 1.25");
}

TEST_F(Temporal, ErrorsOfTheServer) {
  TemporalReply reply;
  FakeTemporal server([&](const TemporalCall&) { return reply; });
  const auto source = temporal(server.address());
  struct Case {
    int status;
    std::string_view text;
    ErrorKind kind;
    std::string_view part;
  };
  for (const Case& c : std::initializer_list<Case>{
           {3, "invalid query: near \"x\"", ErrorKind::kInvalid,
            "INVALID_ARGUMENT: invalid query: near \"x\"; check query"},
           {5, "Namespace prod is not found.", ErrorKind::kNotFound, "Namespace prod is not found.; check namespace"},
           {7, "Request unauthorized.", ErrorKind::kUnauthorized, "check api-key or the client certificate"},
           {16, "no\ncredentials", ErrorKind::kUnauthorized, "UNAUTHENTICATED: no credentials; check api-key"},
           {8, "namespace rate limit exceeded", ErrorKind::kRateLimited, "ask less often"},
           {12, "unknown method", ErrorKind::kInvalid, "that of a Temporal frontend?"},
           {14, "shard closed", ErrorKind::kUnavailable, "UNAVAILABLE: shard closed"},
           {13, "", ErrorKind::kUnavailable, "INTERNAL: no reason given"},
           {1, "gone", ErrorKind::kUnavailable, "CANCELLED: gone"},
       }) {
    SCOPED_TRACE(c.text);
    reply.status = c.status;
    reply.status_text = c.text;
    const auto sample = collect(*source);
    expect_error(sample, c.kind, c.part);
    EXPECT_TRUE(message(sample).starts_with("temporal at " + server.address() + ": ")) << message(sample);
  }
  EXPECT_EQ(server.connections(), 1) << "an error of the server is none of the connection";
  reply = {.count = 2};
  EXPECT_EQ(number(collect(*source)), 2);
}

TEST_F(Temporal, ApiKeysGoOverTlsAndIntoNoMessage) {
  const test::TestCa ca;
  TemporalReply reply{.count = 1};
  FakeTemporal server([&](const TemporalCall&) { return reply; },
                      {.identity = ca.issue("IP:127.0.0.1"), .client_ca = {}});
  const auto source =
      temporal(server.address(),
               settings({{"api-key", text(" s3cret-key\n")}, {"tls", tls(settings({{"ca", text(ca.pem())}}))}}));
  EXPECT_EQ(number(collect(*source)), 1);
  EXPECT_EQ(server.calls().front().metadata.at("authorization"), "Bearer s3cret-key");
  EXPECT_EQ(server.calls().front().metadata.at("temporal-namespace"), "prod");
  reply = {.status = 16, .status_text = "bad token Bearer s3cret-key"};
  expect_error(collect(*source), ErrorKind::kUnauthorized, "bad token Bearer ***");
}

TEST_F(Temporal, TlsWithAPrivateAuthority) {
  const test::TestCa ca;
  FakeTemporal server([](const TemporalCall&) { return TemporalReply{.count = 4}; },
                      {.identity = ca.issue("IP:127.0.0.1,DNS:temporal.test"), .client_ca = {}});
  const auto with_tls = [&](const Settings& given) {
    return temporal(server.address(), settings({{"tls", tls(given)}}));
  };
  const test::TempDir folder;
  const std::string file = folder.write("ca.pem", ca.pem());
  EXPECT_EQ(number(collect(*with_tls(settings({{"ca", text(ca.pem())}})))), 4);
  EXPECT_EQ(number(collect(*with_tls(settings({{"ca", text(file)}})))), 4);
  EXPECT_EQ(number(collect(*with_tls(settings({{"ca", text(file)}, {"server-name", text("temporal.test")}})))), 4);
  EXPECT_EQ(number(collect(*with_tls(settings({{"insecure-skip-verify", true}})))), 4);
  expect_error(collect(*with_tls({})), ErrorKind::kUnavailable, "check the address, and whether the server wants TLS");
  expect_error(collect(*with_tls(settings({{"ca", text(test::TestCa().pem())}}))), ErrorKind::kUnavailable,
               "handshake failed");
  expect_error(collect(*with_tls(settings({{"ca", text(file)}, {"server-name", text("other.test")}}))),
               ErrorKind::kUnavailable, "other.test");
  expect_error(collect(*with_tls(settings({{"ca", text("/no/such/file.pem")}}))), ErrorKind::kInvalid, "tls.ca");
  expect_error(collect(*temporal(server.address())), ErrorKind::kUnavailable, "wants TLS");
  FakeTemporal plain([](const TemporalCall&) { return TemporalReply{}; });
  expect_error(collect(*temporal(plain.address(), settings({{"tls", tls({})}}))), ErrorKind::kUnavailable,
               "plain text");
}

TEST_F(Temporal, MutualTls) {
  const test::TestCa ca;
  FakeTemporal server([](const TemporalCall&) { return TemporalReply{.count = 6}; },
                      {.identity = ca.issue("IP:127.0.0.1"), .client_ca = ca.pem()});
  const test::TestCa::Identity client = ca.issue("DNS:fas");
  const test::TestCa::Identity stranger = test::TestCa().issue("DNS:fas");
  const auto with = [&](const test::TestCa::Identity& identity, const Settings& more) {
    return temporal(server.address(),
                    settings({{"cert-data", identity.cert}, {"key-data", identity.key}, {"tls", tls(more)}}));
  };
  const Settings trusted = settings({{"ca", text(ca.pem())}});
  EXPECT_EQ(number(collect(*with(client, trusted))), 6);
  EXPECT_EQ(number(collect(*with(client, settings({{"insecure-skip-verify", true}})))), 6);
  const test::TempDir folder;
  const auto by_path = temporal(
      server.address(), settings({{"tls", tls(settings({{"ca", text(ca.pem())},
                                                        {"cert", text(folder.write("cert.pem", client.cert))},
                                                        {"key", text(folder.write("key.pem", client.key))}}))}}));
  EXPECT_EQ(number(collect(*by_path)), 6);
  const auto both_in_one =
      temporal(server.address(),
               settings({{"tls", tls(settings({{"ca", text(ca.pem())}, {"cert", text(client.cert + client.key)}}))}}));
  EXPECT_EQ(number(collect(*both_in_one)), 6);
  expect_error(collect(*with(stranger, trusted)), ErrorKind::kUnavailable, "127.0.0.1", stranger.key);
  expect_error(collect(*temporal(server.address(), settings({{"tls", tls(trusted)}}))), ErrorKind::kUnavailable, "");

  // A certificate that was replaced on disk counts once the connection has been lost.
  folder.write("cert.pem", stranger.cert);
  folder.write("key.pem", stranger.key);
  server.stop();
  expect_error(collect(*by_path), ErrorKind::kUnavailable, "onnection refused");
  server.restart();
  expect_error(collect(*by_path), ErrorKind::kUnavailable, "");
  folder.write("cert.pem", client.cert);
  folder.write("key.pem", client.key);
  EXPECT_EQ(number(collect(*by_path)), 6);
}

TEST_F(Temporal, ComesBackAfterARestart) {
  FakeTemporal server([](const TemporalCall&) { return TemporalReply{.count = 1}; });
  const auto source = temporal(server.address());
  EXPECT_EQ(number(collect(*source)), 1);
  server.restart();
  EXPECT_EQ(number(collect(*source)), 1);
  server.stop();
  expect_error(collect(*source), ErrorKind::kUnavailable, "onnection refused");
  expect_error(collect(*source), ErrorKind::kUnavailable, "temporal at " + server.address());
  server.restart();
  EXPECT_EQ(number(collect(*source)), 1) << "no back-off stands in the way";
}

TEST_F(Temporal, ASlowServerEndsAtTheDeadline) {
  bool hang = true;
  FakeTemporal server([&](const TemporalCall&) { return TemporalReply{.count = 1, .hang = hang}; });
  const auto source = temporal(server.address());
  expect_error(collect(*source, "worker", kSoon), ErrorKind::kTimeout, "no answer in time");
  EXPECT_TRUE(server.wait_for_cancelled(1)) << "the server hears that nobody waits";
  hang = false;
  EXPECT_EQ(number(collect(*source)), 1);
  expect_error(collect(*source, "worker", std::chrono::milliseconds(-1)), ErrorKind::kTimeout, "in time");
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(Temporal, NoTemporalAtAll) {
  test::RawServer silent(loop, [](const test::RawRequest&) { return test::RawReply{}; });
  silent.set_on_accept(test::RawServer::OnAccept::kIgnore);
  const auto mute = temporal("127.0.0.1:" + std::to_string(silent.port()));
  expect_error(collect(*mute, "worker", kSoon), ErrorKind::kTimeout, "no connection in time; check the address");
  const test::RawServer web(loop, [](const test::RawRequest&) { return test::http_reply(200, "hello"); });
  const auto wrong = temporal("127.0.0.1:" + std::to_string(web.port()));
  ASSERT_FALSE(collect(*wrong, "worker", kSoon));
}

TEST_F(Temporal, ManyAtOnceAndCancelled) {
  bool hang = false;
  FakeTemporal server([&](const TemporalCall&) { return TemporalReply{.count = 2, .hang = hang}; });
  auto source = temporal(server.address());
  std::vector<boost::asio::awaitable<Result<Sample>>> asked;
  for (int i = 0; i < 50; ++i)
    asked.push_back(source->collect(Query{.app = "a"}, clock.now() + std::chrono::seconds(10)));
  for (const Result<Sample>& sample : test::run(loop, net::gather(std::move(asked)))) EXPECT_EQ(number(sample), 2);

  hang = true;
  boost::asio::cancellation_signal stop;
  bool ended = false;
  boost::asio::co_spawn(
      loop, source->collect(Query{.app = "a"}, clock.now() + std::chrono::minutes(10)),
      boost::asio::bind_cancellation_slot(stop.slot(), [&](const std::exception_ptr&, const Result<Sample>& sample) {
        ended = true;
        EXPECT_FALSE(sample.has_value());
      }));
  const auto asked_once = [&] { return server.calls().size() == 51; };
  while (!asked_once()) test::run(loop, pause());
  EXPECT_FALSE(ended);
  stop.emit(boost::asio::cancellation_type::terminal);
  while (!ended) loop.run_one();
  EXPECT_TRUE(server.wait_for_cancelled(1));
  hang = false;
  EXPECT_EQ(number(collect(*source)), 2);
}

// gRPC's threads may still call back when source, clock and loop are gone.
TEST(TemporalLifetime, LoopsEndWhileCallsAreUnderWay) {
  FakeTemporal server([](const TemporalCall&) { return TemporalReply{.hang = true}; });
  for (int i = 0; i < 20; ++i) {
    boost::asio::io_context loop;
    net::SystemClock clock(loop);
    net::CurlTransport http(loop, clock);
    const auto source = *find_source_kind("temporal")
                             ->make({.loop = loop, .clock = clock, .http = http},
                                    settings({{"address", server.address()}, {"namespace", text("prod")}}));
    boost::asio::co_spawn(loop, source->collect(Query{.app = "a"}, clock.now() + std::chrono::minutes(10)),
                          [](const std::exception_ptr&, const Result<Sample>&) {});
    for (int step = 0; step < i % 4; ++step) loop.poll_one();
  }
}

// With no other channel in the process, gRPC's own threads end with the last one, and must not be who ends it.
TEST(TemporalLifetime, ChannelsEndOnOurThread) {
  for (int i = 0; i < 200; ++i) {
    boost::asio::io_context loop;
    net::SystemClock clock(loop);
    net::CurlTransport http(loop, clock);
    const auto source = *find_source_kind("temporal")
                             ->make({.loop = loop, .clock = clock, .http = http},
                                    settings({{"address", text("127.0.0.1:1")}, {"namespace", text("prod")}}));
    const auto limit = std::chrono::milliseconds(i % 2 == 0 ? 1 : 10'000);
    ASSERT_FALSE(test::run(loop, source->collect(Query{.app = "a"}, clock.now() + limit)));
  }
}

class RealTemporal : public Temporal {
 protected:
  static void SetUpTestSuite() {
    if (test::TemporalDevServer::installed()) server_ = new test::TemporalDevServer();
  }
  static void TearDownTestSuite() {
    delete server_;
    server_ = nullptr;
  }
  void SetUp() override {
    if (server_ == nullptr) {
      GTEST_SKIP() << "Temporal's development server is not installed; scripts/setup-temporal builds it where Go is";
    }
  }
  std::unique_ptr<Source> real(Settings more = {}) {
    more.values.emplace("namespace", text("default"));
    return temporal(server_->address(), std::move(more));
  }

  static test::TemporalDevServer* server_;
};
test::TemporalDevServer* RealTemporal::server_ = nullptr;

TEST_F(RealTemporal, WorkflowsAndTaskQueues) {
  const auto all = real();
  const auto mail = real(settings({{"query", text("WorkflowType=\"$APP_NAME\"")}}));
  const auto queue = real(settings({{"task-queue", text("jobs")}}));
  const auto age = real(settings({{"task-queue", text("jobs")}, {"value", text("backlog-age")}}));
  EXPECT_EQ(number(collect(*all)), 0);
  EXPECT_EQ(number(collect(*queue)), 0) << "a queue that nobody used yet";
  for (const std::string id : {"1", "2", "3"}) server_->start_workflow("mail", "jobs", id);
  server_->start_workflow("zürich", "other", "4");
  EXPECT_EQ(number(collect_until(*all, 4)), 4);
  EXPECT_EQ(number(collect_until(*mail, 0)), 0) << "the app is worker";
  EXPECT_EQ(number(collect(*mail, "mail")), 3);
  EXPECT_EQ(number(collect(*mail, "zürich")), 1);
  EXPECT_EQ(number(collect_until(*queue, 3)), 3);
  EXPECT_GT(number(collect(*age)), 0);
  server_->terminate_workflow("1");
  EXPECT_EQ(number(collect_until(*all, 3)), 3);

  expect_error(collect(*real(settings({{"query", text("NoSuchField = 1")}}))), ErrorKind::kInvalid, "INVALID_ARGUMENT");
  expect_error(collect(*real(settings({{"namespace", text("nobody")}}))), ErrorKind::kNotFound, "nobody");

  server_->restart();
  EXPECT_EQ(number(collect_until(*all, 3)), 3) << "its file holds what it had";
}

}  // namespace
}  // namespace fas::metrics
