// The source redis against a real Redis.
#include <gtest/gtest.h>

#include <csignal>

#include "net/gather.h"
#include "tests/metrics/real_redis.h"
#include "tests/support/raw_server.h"
#include "tests/support/test_ca.h"

namespace fas::metrics {
namespace {

FieldValue queue(std::string kind, std::string name, std::string value = "length") {
  return std::make_shared<const Settings>(
      settings({{"kind", text(std::move(kind))}, {"name", text(std::move(name))}, {"value", text(std::move(value))}}));
}

class RealRedis : public RealRedisTest {};

TEST_F(RealRedis, FollowsAListThatChanges) {
  const test::RedisServer server;
  const auto depth = redis(server.url(), settings({{"list", List{"jobs:$APP_NAME"}}}));
  EXPECT_EQ(number(collect(*depth)), 0);  // no such key: an empty queue
  server.cli({"RPUSH", "jobs:worker", "a", "b", "c"});
  server.cli({"RPUSH", "jobs:zürich", "a"});
  EXPECT_EQ(number(collect(*depth)), 3);
  EXPECT_EQ(number(collect(*depth, "zürich")), 1);
  server.cli({"LPOP", "jobs:worker", "3"});
  EXPECT_EQ(number(collect(*depth)), 0);
}

TEST_F(RealRedis, EveryWayToCount) {
  const test::RedisServer server;
  server.cli({"RPUSH", "l1", "a", "b"});
  server.cli({"RPUSH", "l2", "a"});
  server.cli({"ZADD", "z", "1", "a", "5", "b", "99999999999", "c"});
  server.cli({"SADD", "s", "a", "b", "c", "d"});
  server.cli({"HSET", "h", "depth", "12.5", "other", "x"});
  server.cli({"SET", "k", " 1e3 "});
  server.cli({"RPUSH", "queue:default", R"({"enqueued_at":1})", R"({"enqueued_at":2})"});
  server.cli({"RPUSH", "bull:mail:wait", "1", "2"});
  server.cli({"RPUSH", "bull:mail:paused", "3"});
  server.cli({"ZADD", "bull:mail:prioritized", "1", "4", "2", "5"});
  server.cli({"ZADD", "bull:mail:delayed", "1", "6"});
  server.cli({"RPUSH", "celery", "1"});
  server.cli({"RPUSH", "rq:queue:high", "1", "2"});
  server.cli({"RPUSH", "resque:queue:mail", "1", "2", "3"});
  struct Case {
    std::string_view name;
    Settings settings;
    double value;
  };
  for (const Case& c : std::initializer_list<Case>{
           {"lists", settings({{"list", List{"l1", "l2", "nothing"}}}), 3},
           {"sorted set", settings({{"sorted-set", text("z")}}), 3},
           {"from a score on", settings({{"sorted-set", text("z")}, {"min-score", text("5")}}), 2},
           {"above a score", settings({{"sorted-set", text("z")}, {"min-score", text("(5")}}), 1},
           {"due by now", settings({{"sorted-set", text("z")}, {"max-score", text("now")}}), 2},
           {"not due yet", settings({{"sorted-set", text("z")}, {"min-score", text("(now")}}), 1},
           {"set", settings({{"set", text("s")}}), 4},
           {"no such set", settings({{"set", text("nothing")}}), 0},
           {"hash", settings({{"hash", text("h")}}), 2},
           {"field", settings({{"hash", text("h")}, {"field", text("depth")}}), 12.5},
           {"key", settings({{"key", text("k")}}), 1000},
           {"no such key", settings({{"key", text("nothing")}, {"empty-value", 7.0}}), 7},
           {"command", settings({{"command", List{"STRLEN", "k"}}}), 5},
           {"sidekiq", settings({{"queue", queue("sidekiq", "default")}}), 2},
           {"bullmq", settings({{"queue", queue("bullmq", "mail")}}), 5},
           {"bullmq delayed", settings({{"queue", queue("bullmq", "mail", "delayed")}}), 1},
           {"celery", settings({{"queue", queue("celery", "celery")}}), 1},
           {"rq", settings({{"queue", queue("rq", "high")}}), 2},
           {"resque", settings({{"queue", queue("resque", "mail")}}), 3},
           {"latency of an empty queue", settings({{"queue", queue("sidekiq", "nothing", "latency")}}), 0},
       }) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(number(collect(*redis(server.url(), c.settings))), c.value);
  }
  const double now = std::chrono::duration<double>(clock.wall_now().time_since_epoch()).count();
  const auto latency = redis(server.url(), settings({{"queue", queue("sidekiq", "default", "latency")}}));
  EXPECT_NEAR(number(collect(*latency)), now - 2, 60);

  const auto series = collect(*redis(server.url(), settings({{"list", List{"l1", "l2"}}, {"series", true}})));
  ASSERT_TRUE(series) << series.error().message;
  const auto& points = std::get<Series>(series->value);
  ASSERT_EQ(points.size(), 2U);
  EXPECT_EQ(points[1].labels.at("key"), "l2");
  EXPECT_EQ(points[1].value, 1);
}

TEST_F(RealRedis, Streams) {
  const test::RedisServer server;
  const auto of = [&](std::string group, std::string value) {
    return redis(server.url(), settings({{"stream", text("events")},
                                         {"consumer-group", text(std::move(group))},
                                         {"value", text(std::move(value))}}));
  };
  EXPECT_EQ(number(collect(*of("mailers", "lag"))), 0);  // nobody has written yet
  server.cli({"XGROUP", "CREATE", "events", "mailers", "0", "MKSTREAM"});
  for (int i = 0; i < 5; ++i) server.cli({"XADD", "events", "*", "n", std::to_string(i)});
  server.cli({"XREADGROUP", "GROUP", "mailers", "one", "COUNT", "2", "STREAMS", "events", ">"});
  EXPECT_EQ(number(collect(*of("mailers", "lag"))), 3);
  EXPECT_EQ(number(collect(*of("mailers", "pending"))), 2);
  EXPECT_EQ(number(collect(*of("mailers", "length"))), 5);
  EXPECT_EQ(number(collect(*redis(server.url(), settings({{"stream", text("events")}})))), 5);
  expect_error(collect(*of("nobody", "lag")), ErrorKind::kNotFound, "no consumer group nobody");

  // Once an entry amid the stream is gone, the server cannot know how many lie behind a group that begins there.
  for (const std::string id : {"1-1", "2-1", "3-1"}) server.cli({"XADD", "gaps", id, "n", "1"});
  server.cli({"XDEL", "gaps", "3-1"});
  server.cli({"XADD", "gaps", "4-1", "n", "1"});
  server.cli({"XGROUP", "CREATE", "gaps", "late", "2-1"});
  const auto late = redis(server.url(), settings({{"stream", text("gaps")}, {"consumer-group", text("late")}}));
  expect_error(collect(*late), ErrorKind::kNotFound, "cannot tell the lag of group late");
}

TEST_F(RealRedis, WrongTypesAndOtherErrorsOfTheServer) {
  const test::RedisServer server;
  server.cli({"SET", "k", "words"});
  expect_error(collect(*redis(server.url(), settings({{"list", List{"k"}}}))), ErrorKind::kInvalid, "k: WRONGTYPE");
  expect_error(collect(*redis(server.url(), settings({{"key", text("k")}}))), ErrorKind::kMalformed, "\"words\"");
  expect_error(collect(*redis(server.url(), settings({{"key", text("nothing")}}))), ErrorKind::kNotFound,
               "redis at 127.0.0.1:" + std::to_string(server.port()) + ": nothing: there is no such key");
  expect_error(collect(*redis(server.url(), settings({{"command", List{"NONSENSE"}}}))), ErrorKind::kInvalid,
               "unknown command");
  expect_error(collect(*redis(server.url(), settings({{"command", List{"CONFIG", "GET", "port"}}}))),
               ErrorKind::kMalformed, "a list");
  expect_error(collect(*redis(server.url() + "/999", settings({{"key", text("k")}}))), ErrorKind::kInvalid,
               "DB index is out of range");
  // One bad key makes no sum of the others.
  server.cli({"RPUSH", "l", "1"});
  expect_error(collect(*redis(server.url(), settings({{"list", List{"l", "k"}}}))), ErrorKind::kInvalid, "WRONGTYPE");
}

TEST_F(RealRedis, PasswordsAndUsers) {
  test::RedisOptions options;
  options.more_arguments = {"--requirepass", "s3cret@pass", "--user",        "fas",   "on",    ">s3cret-user",
                            "resetkeys",     "%R~jobs*",    "resetchannels", "-@all", "+llen", "+select"};
  const test::RedisServer server(options);
  const Settings jobs = settings({{"list", List{"jobs"}}});
  EXPECT_EQ(number(collect(*redis(server.url(":s3cret%40pass"), jobs))), 0);
  EXPECT_EQ(number(collect(*redis(server.url(":s3cret@pass"), jobs))), 0);
  EXPECT_EQ(number(collect(*redis(server.url("fas:s3cret-user") + "/3", jobs))), 0);
  expect_error(collect(*redis(server.url(), jobs)), ErrorKind::kUnauthorized, "NOAUTH");
  expect_error(collect(*redis(server.url(":s3cret-wrong"), jobs)), ErrorKind::kUnauthorized, "WRONGPASS");
  expect_error(collect(*redis(server.url("fas:s3cret-user"), settings({{"list", List{"other"}}}))),
               ErrorKind::kUnauthorized, "NOPERM");
  expect_error(collect(*redis(server.url("fas:s3cret-user"), settings({{"set", text("jobs")}}))),
               ErrorKind::kUnauthorized, "NOPERM");
}

TEST_F(RealRedis, Tls) {
  const test::TestCa ca;
  const test::TestCa::Identity identity = ca.issue("IP:127.0.0.1");
  test::RedisOptions options;
  options.tls_cert = identity.cert;
  options.tls_key = identity.key;
  const test::RedisServer server(options);
  const auto with = [&](const Settings& tls) {
    return redis(server.url(), settings({{"list", List{"jobs"}}, {"tls", std::make_shared<const Settings>(tls)}}));
  };
  EXPECT_EQ(number(collect(*with(settings({{"ca", text(ca.pem())}})))), 0);
  const test::TempDir folder;
  EXPECT_EQ(number(collect(*with(settings({{"ca", text(folder.write("ca.pem", ca.pem()))}})))), 0);
  EXPECT_EQ(number(collect(*with(settings({{"insecure-skip-verify", true}})))), 0);
  expect_error(collect(*with({})), ErrorKind::kUnavailable, "certificate is not accepted");
  expect_error(collect(*with(settings({{"ca", text(ca.pem())}, {"server-name", text("other.test")}}))),
               ErrorKind::kUnavailable, "not accepted for other.test");
  expect_error(collect(*with(settings({{"ca", text("/no/such/file.pem")}}))), ErrorKind::kInvalid, "tls.ca");
  const std::string plain = "redis://127.0.0.1:" + std::to_string(server.port());
  ASSERT_FALSE(collect(*redis(plain, settings({{"list", List{"jobs"}}}))));
}

TEST_F(RealRedis, ComesBackAfterARestart) {
  test::RedisServer server;
  const auto depth = redis(server.url(), settings({{"list", List{"jobs"}}}));
  EXPECT_EQ(number(collect(*depth)), 0);
  server.restart();
  server.cli({"RPUSH", "jobs", "a"});
  EXPECT_EQ(number(collect(*depth)), 1);
  server.stop();
  expect_error(collect(*depth), ErrorKind::kUnavailable, "127.0.0.1:" + std::to_string(server.port()));
  server.restart();
  EXPECT_EQ(number(collect(*depth)), 0);
}

TEST_F(RealRedis, OneConnectionForAll) {
  const test::RedisServer server;
  const auto first = redis(server.url(), settings({{"list", List{"a"}}}));
  const auto second = redis(server.url(), settings({{"set", text("b")}}));
  std::vector<boost::asio::awaitable<Result<Sample>>> asked;
  for (int i = 0; i < 20; ++i) {
    asked.push_back(
        (i % 2 == 0 ? first : second)->collect(Query{.app = "worker"}, clock.now() + std::chrono::seconds(10)));
  }
  for (const Result<Sample>& sample : test::run(loop, net::gather(std::move(asked)))) EXPECT_EQ(number(sample), 0);
  EXPECT_EQ(number(collect(*first)), 0);
  // One from us, one from this redis-cli and one from the look whether the port accepts.
  EXPECT_NE(server.cli({"INFO", "stats"}).find("total_connections_received:3\r"), std::string::npos);
}

TEST_F(RealRedis, AHungServerEndsAtTheDeadlineAndIsUsedAgain) {
  test::RedisServer server;
  const auto depth = redis(server.url(), settings({{"list", List{"jobs"}}}));
  EXPECT_EQ(number(collect(*depth)), 0);
  server.process().signal(SIGSTOP);
  expect_error(collect(*depth, "worker", std::chrono::milliseconds(100)), ErrorKind::kTimeout, "no answer in time");
  server.process().signal(SIGCONT);
  server.cli({"RPUSH", "jobs", "a", "b"});
  EXPECT_EQ(number(collect(*depth)), 2);
}

TEST_F(RealRedis, NotARedis) {
  const test::RawServer server(loop, [](const test::RawRequest&) { return test::http_reply(200, "hello"); });
  const std::string address = "redis://127.0.0.1:" + std::to_string(server.port());
  const auto sample = collect(*redis(address, settings({{"key", text("a\r\n\r\n")}})));
  expect_error(sample, ErrorKind::kMalformed, "is this address a Redis server's?");
  const test::RawServer silent(loop, [](const test::RawRequest&) { return test::RawReply{}; });
  const std::string silent_address = "redis://127.0.0.1:" + std::to_string(silent.port());
  const auto late = redis(silent_address, settings({{"key", text("a")}}));
  expect_error(collect(*late, "worker", std::chrono::milliseconds(100)), ErrorKind::kTimeout, "no answer in time");
  expect_error(collect(*late, "worker", std::chrono::milliseconds(100)), ErrorKind::kTimeout, "no answer in time");
}

}  // namespace
}  // namespace fas::metrics
