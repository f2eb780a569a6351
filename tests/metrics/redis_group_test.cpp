// The source redis against a real cluster, and against primaries that a real sentinel watches.
#include <gtest/gtest.h>

#include <csignal>
#include <set>

#include "metrics/redis_redirect.h"
#include "tests/metrics/real_redis.h"
#include "tests/support/redis_group.h"
#include "tests/support/test_ca.h"

namespace fas::metrics {
namespace {

class RealRedisCluster : public RealRedisTest {
 protected:
  static void SetUpTestSuite() {
    if (test::RedisServer::installed()) cluster_ = new test::RedisClusterServers();
  }
  static void TearDownTestSuite() {
    delete cluster_;
    cluster_ = nullptr;
  }
  void SetUp() override {
    RealRedisTest::SetUp();
    if (cluster_ != nullptr) cluster_->each({"FLUSHALL"});
  }

  std::unique_ptr<Source> of_cluster(Settings more, const std::string& credentials = "", std::size_t seed = 0) {
    more.values.insert_or_assign("cluster", true);
    return redis(cluster_->node(seed).url(credentials), std::move(more));
  }
  std::string node_name(std::size_t index) { return "node 127.0.0.1:" + std::to_string(cluster_->node(index).port()); }

  static test::RedisClusterServers* cluster_;
};
test::RedisClusterServers* RealRedisCluster::cluster_ = nullptr;

TEST_F(RealRedisCluster, SlotsAreAsTheServerHasThem) {
  for (const std::string key :
       {"a", "jobs:zürich", "{tag}x", "x{tag}y{z}", "{}x", "{x", "x}{y}", "}{", "queue:default"}) {
    EXPECT_EQ(std::to_string(redis_slot(key)), cluster_->node(0).cli({"CLUSTER", "KEYSLOT", key})) << key;
  }
  EXPECT_EQ(cluster_->node(0).cli({"CLUSTER", "KEYSLOT", ""}), std::to_string(redis_slot("")));
}

TEST_F(RealRedisCluster, KeysOfAllNodesAddUp) {
  List keys;
  std::set<std::size_t> owners;
  for (int i = 0; i < 12; ++i) {
    keys.push_back("jobs:" + std::to_string(i) + ":$APP_NAME");
    const std::string key = "jobs:" + std::to_string(i) + ":zürich";
    owners.insert(cluster_->owner(redis_slot(key)));
    cluster_->cli({"RPUSH", key, "a", "b"});
  }
  ASSERT_EQ(owners.size(), 3U);
  const auto sum = of_cluster(settings({{"list", keys}}));
  EXPECT_EQ(number(collect(*sum, "zürich")), 24);
  EXPECT_EQ(number(collect(*sum, "zürich")), 24);
  EXPECT_EQ(number(collect(*sum, "other")), 0);
  cluster_->cli({"RPUSH", "jobs:3:zürich", "c"});
  const auto series = collect(*of_cluster(settings({{"list", keys}, {"series", true}}), "", 2), "zürich");
  ASSERT_TRUE(series) << series.error().message;
  const auto& points = std::get<Series>(series->value);
  ASSERT_EQ(points.size(), 12U);
  EXPECT_EQ(points[3].labels.at("key"), "jobs:3:zürich");
  EXPECT_EQ(points[3].value, 3);
}

TEST_F(RealRedisCluster, EveryKindOfQuestion) {
  cluster_->cli({"XADD", "events", "*", "n", "1"});
  cluster_->cli({"XGROUP", "CREATE", "events", "mailers", "0"});
  cluster_->cli({"SET", "k", "12"});
  cluster_->cli({"ZADD", "z", "1", "a"});
  EXPECT_EQ(number(collect(*of_cluster(settings({{"stream", text("events")}, {"consumer-group", text("mailers")}})))),
            1);
  EXPECT_EQ(number(collect(*of_cluster(settings({{"key", text("k")}})))), 12);
  EXPECT_EQ(number(collect(*of_cluster(settings({{"sorted-set", text("z")}})))), 1);
  EXPECT_EQ(number(collect(*of_cluster(settings({{"command", List{"OBJECT", "REFCOUNT", "z"}}})))), 1);
  expect_error(collect(*of_cluster(settings({{"list", List{"k"}}}))), ErrorKind::kInvalid, "k: WRONGTYPE");
  expect_error(collect(*of_cluster(settings({{"command", List{"SINTERCARD", "2", "a", "b"}}}))), ErrorKind::kInvalid,
               "need a common {tag}");
}

TEST_F(RealRedisCluster, SaysWhatToSetWhereClusterIsMissing) {
  const List keys = {"a", "b", "c", "d", "e", "f"};
  const auto single = redis(cluster_->node(0).url(), settings({{"list", keys}}));
  expect_error(collect(*single), ErrorKind::kInvalid, "this is a node of a cluster, so set cluster");
}

// While a slot moves, keys that are gone already are asked for at the new place, for that once.
TEST_F(RealRedisCluster, SlotsThatMove) {
  const std::string key = "moving";
  const std::uint16_t slot = redis_slot(key);
  const std::size_t from = cluster_->owner(slot);
  const std::size_t to = from == 1 ? 2 : 1;
  cluster_->cli({"RPUSH", key, "a", "b"});
  const auto depth = of_cluster(settings({{"list", List{key}}}));
  EXPECT_EQ(number(collect(*depth)), 2);
  const std::string number_of_slot = std::to_string(slot);
  cluster_->node(to).cli({"CLUSTER", "SETSLOT", number_of_slot, "IMPORTING", cluster_->id(from)});
  cluster_->node(from).cli({"CLUSTER", "SETSLOT", number_of_slot, "MIGRATING", cluster_->id(to)});
  EXPECT_EQ(number(collect(*depth)), 2);
  ASSERT_EQ(
      cluster_->node(from).cli({"MIGRATE", "127.0.0.1", std::to_string(cluster_->node(to).port()), key, "0", "5000"}),
      "OK");
  EXPECT_EQ(number(collect(*depth)), 2) << "by ASK";
  cluster_->each({"ACL", "SETUSER", "fas", "on", ">s3cret-user", "%R~*", "resetchannels", "-@all", "+llen"});
  const auto least = of_cluster(settings({{"list", List{key}}}), "fas:s3cret-user");
  expect_error(collect(*least), ErrorKind::kUnauthorized, "'asking'");
  cluster_->each({"ACL", "SETUSER", "fas", "+asking"});
  EXPECT_EQ(number(collect(*least)), 2);
  for (const std::size_t node : {to, from}) {
    cluster_->node(node).cli({"CLUSTER", "SETSLOT", number_of_slot, "NODE", cluster_->id(to)});
  }
  EXPECT_EQ(number(collect(*depth)), 2) << "by MOVED";
  cluster_->node(to).cli({"RPUSH", key, "c"});
  EXPECT_EQ(number(collect(*depth)), 3);
}

TEST_F(RealRedisCluster, ThePasswordHoldsForEveryNode) {
  const List keys = {"a", "b", "c", "d", "e", "f"};
  cluster_->each({"CONFIG", "SET", "masterauth", "s3cret-pass"});
  cluster_->each({"CONFIG", "SET", "requirepass", "s3cret-pass"});
  EXPECT_EQ(number(collect(*of_cluster(settings({{"list", keys}}), ":s3cret-pass"))), 0);
  expect_error(collect(*of_cluster(settings({{"list", keys}}))), ErrorKind::kUnauthorized, "NOAUTH");
  expect_error(collect(*of_cluster(settings({{"list", keys}}), ":s3cret-wrong")), ErrorKind::kUnauthorized,
               "WRONGPASS");
  cluster_->each({"-a", "s3cret-pass", "--no-auth-warning", "CONFIG", "SET", "requirepass", ""});
}

TEST_F(RealRedisCluster, ASilentNodeEndsAtTheDeadline) {
  const auto depth = of_cluster(settings({{"list", List{"a", "b", "c", "d", "e", "f"}}}), "", 1);
  EXPECT_EQ(number(collect(*depth)), 0);
  for (std::size_t i = 0; i < 3; ++i) cluster_->node(i).process().signal(SIGSTOP);
  expect_error(collect(*depth, "worker", std::chrono::milliseconds(200)), ErrorKind::kTimeout, "no answer in time");
  for (std::size_t i = 0; i < 3; ++i) cluster_->node(i).process().signal(SIGCONT);
  EXPECT_EQ(number(collect_until(*depth, 0)), 0);
}

// The last one: the first node is a replica after it.
TEST_F(RealRedisCluster, AReplicaTakesOver) {
  std::string key = "k";
  while (cluster_->owner(redis_slot(key)) != 0) key += "k";
  cluster_->cli({"RPUSH", key, "a", "b"});
  const auto depth = of_cluster(settings({{"list", List{key}}}));
  EXPECT_EQ(number(collect(*depth)), 2);
  cluster_->wait_for_replica();
  cluster_->node(0).stop();
  const auto meanwhile = collect(*depth);
  if (!meanwhile) expect_error(meanwhile, ErrorKind::kUnavailable, "cluster at 127.0.0.1");
  // Its seed is dead as well: what it has learned must do.
  const auto others = settings({{"list", List{key}}, {"cluster", true}});
  const auto late = redis("redis://127.0.0.1:" + std::to_string(cluster_->node(0).port()) +
                              ",127.0.0.1:" + std::to_string(cluster_->node(2).port()),
                          others);
  EXPECT_EQ(number(collect_until(*late, 2)), 2);
  cluster_->node(3).cli({"RPUSH", key, "c"});
  EXPECT_EQ(number(collect(*late)), 3);
  cluster_->node(0).restart();
  EXPECT_EQ(number(collect_until(*depth, 3)), 3);
}

class RealRedisSentinel : public RealRedisTest {
 protected:
  static test::RedisOptions options(const std::string& password, List more = {}) {
    test::RedisOptions options;
    options.more_arguments = {"--requirepass", password, "--masterauth", password, "--repl-diskless-sync-delay", "0"};
    options.more_arguments.insert(options.more_arguments.end(), more.begin(), more.end());
    return options;
  }
  static std::string at(std::uint16_t port) { return "127.0.0.1:" + std::to_string(port); }
  static Settings jobs(const std::string& master = "jobs") {
    return settings({{"list", List{"jobs"}}, {"sentinel-master", master}});
  }
};

const List kLogin = {"-a", "s3cret-pass", "--no-auth-warning"};

std::string login(const test::RedisServer& server, const List& command) {
  List arguments = kLogin;
  arguments.insert(arguments.end(), command.begin(), command.end());
  return server.cli(arguments);
}

TEST_F(RealRedisSentinel, FollowsAFailover) {
  test::RedisServer first(options("s3cret-pass"));
  test::RedisServer second(options("s3cret-pass", {"--replicaof", "127.0.0.1", std::to_string(first.port())}));
  login(first, {"RPUSH", "jobs", "a", "b"});
  const auto replicated = [&] { return login(second, {"LLEN", "jobs"}) == "2"; };
  ASSERT_TRUE(second.process().wait_until(replicated));
  test::RedisSentinelServer sentinel(first.port(), {.primary_password = "s3cret-pass"});
  const std::string replica_port = std::to_string(second.port());
  const auto knows = [&] { return sentinel.cli({"SENTINEL", "REPLICAS", "jobs"}).contains(replica_port); };
  ASSERT_TRUE(sentinel.process().wait_until(knows));

  const auto depth = redis("redis://:s3cret-pass@" + at(sentinel.port()), jobs());
  EXPECT_EQ(number(collect(*depth)), 2);
  first.stop();
  const auto meanwhile = collect(*depth);
  if (!meanwhile) expect_error(meanwhile, ErrorKind::kUnavailable, "the primary " + at(first.port()));
  EXPECT_EQ(number(collect_until(*depth, 2)), 2);
  login(second, {"RPUSH", "jobs", "c"});
  EXPECT_EQ(number(collect(*depth)), 3);
  first.restart();  // empty, and a primary until the sentinel has told it
  EXPECT_EQ(number(collect(*depth)), 3);
  EXPECT_EQ(number(collect(*redis("redis://:s3cret-pass@127.0.0.1:1," + at(sentinel.port()), jobs()))), 3);
}

TEST_F(RealRedisSentinel, WrongNamesAndPlaces) {
  test::RedisServer server(options("s3cret-pass"));
  test::RedisSentinelServer sentinel(server.port(), {.primary_password = "s3cret-pass"});
  const std::string credentials = "redis://:s3cret-pass@";
  EXPECT_EQ(number(collect(*redis(credentials + at(sentinel.port()) + "/2", jobs()))), 0);
  expect_error(collect(*redis(credentials + at(sentinel.port()), jobs("other"))), ErrorKind::kNotFound,
               "watches no primary called other; check sentinel-master");
  expect_error(collect(*redis(credentials + at(server.port()), jobs())), ErrorKind::kInvalid,
               "is this address a sentinel's?");
  expect_error(collect(*redis("redis://" + at(sentinel.port()), jobs())), ErrorKind::kUnauthorized,
               "redis jobs of the sentinel at " + at(sentinel.port()) + ": jobs: NOAUTH");
  expect_error(collect(*redis("redis://:s3cret-wrong@" + at(sentinel.port()), jobs())), ErrorKind::kUnauthorized,
               "WRONGPASS");
  expect_error(collect(*redis("redis://127.0.0.1:1", jobs())), ErrorKind::kUnavailable, "sentinel 127.0.0.1:1: ");
  sentinel.process().signal(SIGSTOP);
  expect_error(collect(*redis(credentials + at(sentinel.port()), jobs()), "worker", std::chrono::milliseconds(200)),
               ErrorKind::kTimeout, "no answer in time");
  sentinel.process().signal(SIGCONT);
}

TEST_F(RealRedisSentinel, ASentinelWithAPasswordOfItsOwn) {
  test::RedisServer server(options("s3cret-pass"));
  test::RedisSentinelServer sentinel(server.port(), {.primary_password = "s3cret-pass", .own_password = "s3cret-pass"});
  EXPECT_EQ(number(collect(*redis("redis://:s3cret-pass@" + at(sentinel.port()), jobs()))), 0);
  expect_error(collect(*redis("redis://:s3cret-wrong@" + at(sentinel.port()), jobs())), ErrorKind::kUnauthorized,
               "sentinel " + at(sentinel.port()));
}

TEST_F(RealRedisSentinel, TlsHoldsForBoth) {
  const test::TestCa ca;
  const test::TestCa::Identity identity = ca.issue("IP:127.0.0.1");
  test::RedisOptions tls_options = options("s3cret-pass");
  tls_options.tls_cert = identity.cert;
  tls_options.tls_key = identity.key;
  const test::RedisServer server(tls_options);
  test::RedisSentinelServer sentinel(
      server.port(),
      {.primary_password = "s3cret-pass", .tls_cert = identity.cert, .tls_key = identity.key, .tls_ca = ca.pem()});
  Settings trusting = jobs();
  trusting.values.insert_or_assign("tls", std::make_shared<const Settings>(settings({{"ca", text(ca.pem())}})));
  EXPECT_EQ(number(collect(*redis("rediss://:s3cret-pass@" + at(sentinel.port()), trusting))), 0);
  expect_error(collect(*redis("rediss://:s3cret-pass@" + at(sentinel.port()), jobs())), ErrorKind::kUnavailable,
               "certificate is not accepted");
}

}  // namespace
}  // namespace fas::metrics
