// What the source redis asks and how it reads replies, without a server.
#include <gtest/gtest.h>

#include "metrics/redis.h"
#include "metrics/redis_address.h"
#include "metrics/redis_query.h"
#include "metrics/redis_redirect.h"
#include "tests/metrics/settings.h"

namespace fas::metrics {
namespace {

using List = std::vector<std::string>;

TEST(RedisAddress, Table) {
  struct Case {
    std::string_view text, user, password, printable;
    bool tls = false;
    std::int64_t database = 0;
  };
  for (const Case& c : std::initializer_list<Case>{
           {"redis://localhost", "", "", "localhost:6379"},
           {"REDISS://host:7000/2", "", "", "host:7000", true, 2},
           {"redis://default:p%40ss@fly-db.upstash.io:6379/", "default", "p@ss", "fly-db.upstash.io:6379"},
           {"redis://:p@ss:w@h", "", "p@ss:w", "h:6379"},
           {"redis://pass@h", "", "pass", "h:6379"},
           {" redis://[fdaa::3]:6380/1?timeout=5s\n", "", "", "[fdaa::3]:6380", false, 1},
       }) {
    SCOPED_TRACE(c.text);
    const Result<RedisAddress> address = parse_redis_address(c.text);
    ASSERT_TRUE(address) << address.error().message;
    EXPECT_EQ(address->user, c.user);
    EXPECT_EQ(address->password, c.password);
    EXPECT_EQ(address->printable(), c.printable);
    EXPECT_EQ(address->use_tls, c.tls);
    EXPECT_EQ(address->database, c.database);
  }
  for (const std::string_view bad :
       {"", "localhost:6379", "http://s3cret@h", "redis://", "redis://:s3cret@", "redis://h:0", "redis://h:65536",
        "redis://h:", "redis://h:x", "redis://[::1", "redis://h/x", "redis://h/-1", "redis://:s3cret%4@h"}) {
    const Result<RedisAddress> address = parse_redis_address(bad);
    ASSERT_FALSE(address) << bad;
    EXPECT_EQ(address.error().message.find("s3cret"), std::string::npos) << address.error().message;
  }
}

std::string commands_of(const Settings& given) {
  const Result<RedisQuery> query = RedisQuery::make(given);
  if (!query) return query.error().message;
  std::string text;
  for (const RedisCommand& command : query->commands("web", WallTime(std::chrono::milliseconds(1500)))) {
    for (const std::string& word : command) text += word + " ";
    text += "| ";
  }
  return text;
}

TEST(RedisQuery, Commands) {
  struct Case {
    Settings settings;
    std::string_view commands;
  };
  for (const Case& c : std::initializer_list<Case>{
           {settings({{"list", List{"a:$APP_NAME", "b"}}}), "LLEN a:web | LLEN b | "},
           {settings({{"sorted-set", text("z")}, {"min-score", text("(now")}}), "ZCOUNT z (1.500 +inf | "},
           {settings({{"stream", text("s")}, {"consumer-group", text("$APP_NAME")}}), "XINFO GROUPS s | "},
           {settings({{"stream", text("s")}}), "XLEN s | "},
           {settings({{"hash", text("h")}, {"field", text("$APP_NAME")}}), "HGET h web | "},
           {settings({{"command", List{"GET", "${APP_NAME}"}}}), "GET web | "},
           {settings({}),
            "redis needs what to count, one of: list, stream, sorted-set, set, hash, key, command, queue"},
           {settings({{"list", List{"a"}}, {"key", text("b")}}), "redis list and key exclude each other"},
           {settings({{"list", List{}}}), "redis list has no key"},
           {settings({{"key", text("")}}), "redis key has no key"},
           {settings({{"key", text("k")}, {"field", text("f")}}), "redis field needs hash"},
           {settings({{"stream", text("s")}, {"value", text("lag")}}), "redis value lag needs consumer-group"},
           {settings({{"command", List{"subscribe", "x"}}}),
            "redis command subscribe cannot be used here: it changes or blocks the connection"},
           {settings({{"sorted-set", text("z")}, {"min-score", text("soon")}}),
            "redis min-score must be a number, \"-inf\", \"+inf\" or \"now\", perhaps behind a \"(\" that leaves the "
            "end "
            "out"},
           {settings({{"queue", std::make_shared<const Settings>(settings({{"kind", text("rq")}}))}}),
            "redis queue needs kind and name, as in {kind: sidekiq, name: default}"},
           {settings({{"queue", std::make_shared<const Settings>(settings(
                                    {{"kind", text("rq")}, {"name", text("q")}, {"value", text("latency")}}))}}),
            "redis queue.value latency is for the kind sidekiq"},
       }) {
    EXPECT_EQ(commands_of(c.settings), c.commands);
  }
}

// The number, or the error, that bytes from a server become.
std::string read(const Settings& given, std::string_view bytes) {
  RedisReplyReader reader;
  std::vector<RedisReply> replies;
  for (const char c : bytes) {  // as slowly as a network may
    if (auto fed = reader.feed({&c, 1}); !fed) return fed.error().message;
    auto reply = reader.next();
    if (!reply) return reply.error().message;
    if (*reply) replies.push_back(std::move(**reply));
  }
  const Result<RedisQuery> query = RedisQuery::make(given);
  std::string empty;
  const auto reading = query->read(replies, "web", WallTime(std::chrono::seconds(1000)), false, empty);
  if (!reading) return reading.error().message;
  return reading->points.empty() ? empty : std::to_string(reading->points.front().point.value);
}

TEST(RedisQuery, Replies) {
  const Settings key = settings({{"key", text("k")}});
  const Settings group = settings({{"stream", text("s")}, {"consumer-group", text("g")}});
  const Settings age =
      settings({{"queue", std::make_shared<const Settings>(settings(
                              {{"kind", text("sidekiq")}, {"name", text("q")}, {"value", text("latency")}}))}});
  const auto job = [](std::string_view json) {
    return "$" + std::to_string(json.size()) + "\r\n" + std::string(json) + "\r\n";
  };
  EXPECT_EQ(read(key, "$3\r\n1.5\r\n"), "1.500000");
  EXPECT_EQ(read(key, ":7\r\n"), "7.000000");
  EXPECT_EQ(read(key, "+12\r\n"), "12.000000");
  EXPECT_EQ(read(key, "$-1\r\n"), "k: there is no such key or field");
  EXPECT_EQ(read(key, "$0\r\n\r\n"), "k: the reply is no number: an empty reply");
  EXPECT_EQ(read(key, "*1\r\n:1\r\n"), "k: the reply is no number but a list; ask for a single value");
  EXPECT_EQ(read(key, "-LOADING Redis is loading the dataset in memory\r\n"),
            "k: LOADING Redis is loading the dataset in memory");
  EXPECT_EQ(read(key, "-MOVED 1 10.0.0.1:6379\r\n"),
            "k: MOVED 1 10.0.0.1:6379; this is a node of a cluster, so set cluster");
  EXPECT_EQ(read(key, "*100001\r\n"), "the reply has too many elements");
  EXPECT_EQ(read(settings({{"set", text("s")}}), "$1\r\n5\r\n"), "s: the reply is no count");
  EXPECT_EQ(read(group, "*1\r\n*4\r\n$4\r\nname\r\n$1\r\ng\r\n$3\r\nlag\r\n:9\r\n"), "9.000000");
  EXPECT_EQ(read(group, "*1\r\n*2\r\n$4\r\nname\r\n$1\r\ng\r\n"),
            "s: the server does not tell a consumer group's lag; that takes Redis 7");
  EXPECT_EQ(
      read(group, "*1\r\n*4\r\n$4\r\nname\r\n$1\r\ng\r\n$3\r\nlag\r\n$-1\r\n"),
      "s: the server cannot tell the lag of group g (entries were deleted, or it began amid the stream); use value "
      "pending or length, or set empty-value");
  EXPECT_EQ(read(age, job(R"({"enqueued_at":900.5})")), "99.500000");
  EXPECT_EQ(read(age, job(R"({"enqueued_at":1700000000000})")), "0.000000");
  EXPECT_EQ(read(age, job("{}")), "queue:q: the reply is no job of Sidekiq: it has no enqueued_at");
  EXPECT_EQ(read(age, "$-1\r\n"), "0.000000");
}

TEST(RedisTarget, WhoIsAsked) {
  struct Case {
    std::string_view address, sentinel_master;
    bool cluster;
    std::string_view expected;  // the hosts, or a part of the error
  };
  for (const Case& c : std::initializer_list<Case>{
           {"redis://u:p@h/3", "", false, "u:p@h:6379/3 "},
           {"redis://:p@a:7000, b,[::1]:9", "", true, ":p@a:7000/0 :p@b:6379/0 :p@[::1]:9/0 "},
           {"rediss://u:p@a,b:1/2", "jobs", false, "u:p@a:26379/2 u:p@b:1/2 "},
           {"redis://a,b", "", false, "several hosts, which takes cluster or sentinel-master"},
           {"redis://a/1", "", true, "a cluster has only number 0"},
           {"redis://a", "jobs", true, "exclude each other"},
           {"redis://a,", "", true, "has no host"},
           {"redis://,a", "", true, "has no host"},
           {"redis://a,b:x", "", true, "no port"},
       }) {
    SCOPED_TRACE(c.address);
    const Result<RedisTarget> target = redis_target(settings({{"address", std::string(c.address)},
                                                              {"sentinel-master", std::string(c.sentinel_master)},
                                                              {"cluster", c.cluster}}));
    std::string text = target ? "" : target.error().message;
    if (target) {
      for (const RedisAddress& a : target->addresses) {
        text += a.user + ":" + a.password + "@" + a.printable() + "/" + std::to_string(a.database) + " ";
      }
      EXPECT_EQ(text, c.address.contains("u:") || c.address.contains(":p@") ? std::string(c.expected) : text);
    }
    EXPECT_NE(text.find(c.expected), std::string::npos) << text;
  }
}

TEST(RedisRedirection, Table) {
  struct Case {
    std::string_view error, expected;
  };
  for (const Case& c : std::initializer_list<Case>{
           {"MOVED 3999 127.0.0.1:6381", "3999 127.0.0.1 6381"},
           {"ASK 0 redis.internal:1", "ask 0 redis.internal 1"},
           {"MOVED 16383 fdaa::3:6381", "16383 fdaa::3 6381"},
           {"MOVED 5 :6381", "5  6381"},
           {"MOVED 5 ?:6381", "5  6381"},
           {"MOVED 16384 h:1", "none"},
           {"MOVED -1 h:1", "none"},
           {"MOVED 1 h:0", "none"},
           {"MOVED 1 h:65536", "none"},
           {"MOVED 1 h", "none"},
           {"MOVED 1:2 h", "none"},
           {"MOVED ", "none"},
           {"MOVED", "none"},
           {"ASKING 1 h:1", "none"},
           {"ERR MOVED 1 h:1", "none"},
       }) {
    const std::optional<RedisRedirection> to = parse_redirection(c.error);
    const std::string text =
        to ? (to->ask ? "ask " : "") + std::to_string(to->slot) + " " + to->host + " " + std::to_string(to->port)
           : "none";
    EXPECT_EQ(text, c.expected) << c.error;
  }
}

// The check value of CRC-16/XMODEM, and the cluster specification's rule for {tags}.
TEST(RedisRedirection, Slots) {
  EXPECT_EQ(redis_slot("123456789"), 0x31C3 % 16384);
  EXPECT_EQ(redis_slot("{user1000}.following"), redis_slot("user1000"));
  EXPECT_EQ(redis_slot("foo{}{bar}"), redis_slot("foo{}{bar}"));
  EXPECT_EQ(redis_slot("foo{{bar}}zap"), redis_slot("{bar"));
  EXPECT_EQ(redis_slot("foo{bar}{zap}"), redis_slot("bar"));
  EXPECT_EQ(redis_slot(""), 0);
  EXPECT_EQ(key_of({"LLEN", "a"}), "a");
  EXPECT_EQ(key_of({"xinfo", "GROUPS", "a"}), "a");
  EXPECT_EQ(key_of({"DBSIZE"}), "");
  EXPECT_EQ(key_of({}), "");
}

TEST(RedisReply, CommandsHoldAnything) {
  std::string bytes;
  append_command(bytes, {"GET", std::string("a\0\r\n", 4), ""});
  EXPECT_EQ(bytes, std::string("*3\r\n$3\r\nGET\r\n$4\r\na\0\r\n\r\n$0\r\n\r\n", 29));
}

}  // namespace
}  // namespace fas::metrics
