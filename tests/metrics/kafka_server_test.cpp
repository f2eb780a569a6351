// The source kafka against a real Kafka.
#include <gtest/gtest.h>

#include "tests/metrics/real_loop.h"
#include "tests/support/kafka_server.h"
#include "tests/support/kafka_tool.h"
#include "tests/support/test_ca.h"

namespace fas::metrics {
namespace {

class RealKafka : public testing::Test, public RealLoop {
 protected:
  static void SetUpTestSuite() {
    why_not = test::KafkaServer::missing();
    if (!why_not.empty()) return;
    ca = std::make_unique<test::TestCa>();
    server = std::make_unique<test::KafkaServer>(ca->issue("IP:127.0.0.1"));
    tool = std::make_unique<test::KafkaTool>(server->plain());
  }
  static void TearDownTestSuite() {
    tool.reset();
    server.reset();
    ca.reset();
  }
  void SetUp() override {
    if (server == nullptr) GTEST_SKIP() << why_not;
  }

  std::unique_ptr<Source> kafka(const std::string& group, const std::string& topic,
                                std::initializer_list<std::pair<const std::string, FieldValue>> more = {}) {
    Settings base = settings({{"bootstrap-servers", text(server->plain())}, {"consumer-group", text(group)}});
    if (!topic.empty()) base.values.insert_or_assign("topic", topic);
    return make("kafka", with(base, more));
  }
  static FieldValue sasl(std::string mechanism, std::string username, std::string password) {
    return std::make_shared<const Settings>(settings({{"mechanism", text(std::move(mechanism))},
                                                      {"username", text(std::move(username))},
                                                      {"password", text(std::move(password))}}));
  }

  static std::string why_not;
  static std::unique_ptr<test::TestCa> ca;
  static std::unique_ptr<test::KafkaServer> server;
  static std::unique_ptr<test::KafkaTool> tool;
};
std::string RealKafka::why_not;
std::unique_ptr<test::TestCa> RealKafka::ca;
std::unique_ptr<test::KafkaServer> RealKafka::server;
std::unique_ptr<test::KafkaTool> RealKafka::tool;

TEST_F(RealKafka, FollowsWhatIsCommitted) {
  tool->create_topic("follow", 3);
  tool->produce("follow", 0, 10);
  tool->produce("follow", 1, 5);
  EXPECT_EQ(number(collect(*kafka("grüppe", "follow"))), 3);
  EXPECT_EQ(number(collect(*kafka("grüppe", "follow", {{"offset-reset-policy", text("earliest")}}))), 15);
  EXPECT_EQ(number(collect(*kafka("grüppe", "follow", {{"scale-to-zero-on-invalid-offset", true}}))), 0);
  const auto lag = kafka("grüppe", "follow");
  tool->commit("grüppe", "follow", {{0, 4}, {1, 5}, {2, 0}});
  EXPECT_EQ(number(collect(*lag)), 6);
  tool->produce("follow", 2, 100);
  EXPECT_EQ(number(collect(*lag)), 106);
  EXPECT_EQ(number(collect(*kafka("grüppe", "follow", {{"partition-limitation", text("0-1")}}))), 6);
  tool->delete_records("follow", 2, 60);
  EXPECT_EQ(number(collect(*lag)), 46);  // those that are still there
  tool->commit("grüppe", "follow", {{0, 10}, {2, 100}});
  EXPECT_EQ(number(collect(*lag)), 0);
}

TEST_F(RealKafka, EveryTopicOfTheGroup) {
  tool->create_topic("orders", 2);
  tool->create_topic("mails", 1);
  tool->create_topic("others", 1);
  tool->produce("orders", 0, 4);
  tool->produce("mails", 0, 8);
  tool->produce("others", 0, 50);
  const auto lag = kafka("many", "");
  const auto unknown = collect(*lag);
  EXPECT_EQ(kind_of(unknown), ErrorKind::kNotFound);
  EXPECT_TRUE(says(unknown, "group many has committed no offsets")) << message(unknown);
  tool->commit("many", "orders", {{0, 1}});
  EXPECT_EQ(number(collect(*lag)), 3 + 1);  // the other partition has nothing committed
  tool->commit("many", "orders", {{1, 0}});
  tool->commit("many", "mails", {{0, 3}});
  EXPECT_EQ(number(collect(*lag)), 3 + 5);
  const Series series = series_of(collect(*kafka("many", "", {{"series", true}})));
  ASSERT_EQ(series.size(), 3U);
  EXPECT_EQ(series[0].labels.at("topic"), "mails");
  EXPECT_EQ(series[0].value, 5);
}

TEST_F(RealKafka, TopicsThatComeAndGo) {
  const auto lag = kafka("comers", "coming");
  const auto missing = collect(*lag);
  EXPECT_EQ(kind_of(missing), ErrorKind::kNotFound);
  EXPECT_TRUE(says(missing, "topic coming: ") && says(missing, "; check topic")) << message(missing);
  tool->create_topic("coming", 2);
  EXPECT_EQ(number(collect(*lag)), 2);
  tool->produce("coming", 1, 7);
  tool->commit("comers", "coming", {{0, 0}, {1, 2}});
  EXPECT_EQ(number(collect(*lag)), 5);
  tool->delete_topic("coming");
  EXPECT_EQ(kind_of(collect(*lag)), ErrorKind::kNotFound);
  EXPECT_EQ(kind_of(collect(*kafka("comers", "no spaces, please"))), ErrorKind::kInvalid);
}

TEST_F(RealKafka, Logins) {
  tool->create_topic("guarded", 1);
  tool->produce("guarded", 0, 9);
  tool->commit("guards", "guarded", {{0, 0}});
  EXPECT_EQ(number(collect(*kafka("guards", "guarded"))), 9);
  const auto as = [&](const FieldValue& login) {
    return collect(*kafka("guards", "guarded", {{"bootstrap-servers", text(server->login())}, {"sasl", login}}));
  };
  EXPECT_EQ(number(as(sasl("PLAIN", "autoscaler", "s3cret-plain"))), 9);
  for (const char* mechanism : {"SCRAM-SHA-256", "SCRAM-SHA-512"}) {
    const auto scram = as(sasl(mechanism, "autoscaler", "s3cret-scram"));
    if (rd_kafka_version() >= 0x020601ff) {
      EXPECT_EQ(number(scram), 9);
    } else {
      EXPECT_TRUE(says(scram, "is refused by Kafka 4")) << message(scram);
    }
  }
  // {"alg":"none"} and {"sub":"autoscaler","iat":1700000000,"exp":4000000000}
  const std::string token =
      "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhdXRvc2NhbGVyIiwiaWF0IjoxNzAwMDAwMDAwLCJleHAiOjQwMDAwMDAwMDB9.";
  EXPECT_EQ(number(as(sasl("OAUTHBEARER", "", token))), 9);
  for (const FieldValue& wrong :
       {sasl("PLAIN", "autoscaler", "s3cret-wrong"), sasl("PLAIN", "nobody", "s3cret-plain"),
        sasl("SCRAM-SHA-256", "autoscaler", "s3cret-wrong"), sasl("OAUTHBEARER", "", "s3cret-token")}) {
    const auto refused = as(wrong);
    EXPECT_EQ(kind_of(refused), ErrorKind::kUnauthorized) << message(refused);
    EXPECT_TRUE(says(refused, "; check sasl")) << message(refused);
    EXPECT_FALSE(says(refused, "s3cret")) << message(refused);
  }
}

TEST_F(RealKafka, Tls) {
  tool->create_topic("secured", 1);
  const auto over = [&](const std::string& address, const Settings& tls) {
    return collect(*kafka("guards", "secured",
                          {{"bootstrap-servers", text(address)}, {"tls", std::make_shared<const Settings>(tls)}}));
  };
  EXPECT_EQ(number(over(server->tls(), settings({{"ca", text(ca->pem())}}))), 1);
  EXPECT_EQ(number(over(server->tls(), settings({{"insecure-skip-verify", true}}))), 1);
  const test::TestCa other;
  const auto wrong = over(server->tls(), settings({{"ca", text(other.pem())}}));
  EXPECT_EQ(kind_of(wrong), ErrorKind::kUnavailable);
  EXPECT_TRUE(says(wrong, "certificate")) << message(wrong);
  EXPECT_EQ(kind_of(over(server->tls(), Settings{})), ErrorKind::kUnavailable);  // the system's authorities
  const std::string localhost = "localhost" + server->tls().substr(server->tls().find(':'));
  const auto wrong_name = over(localhost, settings({{"ca", text(ca->pem())}}));
  EXPECT_EQ(kind_of(wrong_name), ErrorKind::kUnavailable) << message(wrong_name);
}

TEST_F(RealKafka, ComesBackAfterACrash) {
  tool->create_topic("crash", 2);
  tool->produce("crash", 0, 5);
  tool->commit("survivors", "crash", {{0, 2}, {1, 0}});
  const auto lag = kafka("survivors", "crash");
  EXPECT_EQ(number(collect(*lag)), 3);
  server->kill();
  const auto away = collect(*lag);
  EXPECT_EQ(kind_of(away), ErrorKind::kUnavailable) << message(away);
  EXPECT_TRUE(says(away, "Connection refused")) << message(away);
  server->restart();
  Result<Sample> back = collect(*lag, "worker", std::chrono::seconds(30));
  if (!back) back = collect(*lag, "worker", std::chrono::seconds(30));
  EXPECT_EQ(number(back), 3);
}

}  // namespace
}  // namespace fas::metrics
