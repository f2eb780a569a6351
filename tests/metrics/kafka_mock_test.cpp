// The source kafka against librdkafka's mock cluster.
#include <gtest/gtest.h>

#include <cstdio>

#include "net/gather.h"
#include "tests/metrics/real_loop.h"
#include "tests/support/kafka_mock.h"
#include "tests/support/kafka_tool.h"
#include "tests/support/raw_server.h"

namespace fas::metrics {
namespace {

constexpr std::int16_t kOffsetFetch = 9;
constexpr std::int16_t kListOffsets = 2;

class KafkaMockTest : public testing::Test, public RealLoop {
 protected:
  std::unique_ptr<Source> kafka(std::initializer_list<std::pair<const std::string, FieldValue>> more) {
    return kafka_at(mock.bootstrap_servers(), more);
  }
  std::unique_ptr<Source> kafka_at(const std::string& servers,
                                   std::initializer_list<std::pair<const std::string, FieldValue>> more) {
    const Settings base =
        settings({{"bootstrap-servers", text(servers)}, {"consumer-group", text("workers")}, {"topic", text("jobs")}});
    return make("kafka", with(base, more));
  }

  test::KafkaMock mock{3};
  test::KafkaTool tool{mock.bootstrap_servers()};
};

TEST_F(KafkaMockTest, FollowsWhatIsCommitted) {
  mock.create_topic("jobs", 4);
  for (const auto& [partition, count] : std::map<int, int>{{0, 10}, {1, 5}, {3, 3}})
    tool.produce("jobs", partition, count);
  tool.commit("workers", "jobs", {{0, 4}, {1, 5}, {2, 0}, {3, 1}});
  const auto lag = kafka({});
  EXPECT_EQ(number(collect(*lag)), 8);
  tool.produce("jobs", 2, 7);
  EXPECT_EQ(number(collect(*lag)), 15);
  tool.commit("workers", "jobs", {{0, 10}, {2, 7}, {3, 3}});
  const auto done = collect(*lag);
  EXPECT_EQ(number(done), 0);
  EXPECT_TRUE(done->warnings.empty());
  tool.commit("workers", "jobs", {{0, std::int64_t{1} << 60}});
  const auto beyond = collect(*lag);
  EXPECT_EQ(number(beyond), 0);
  ASSERT_EQ(beyond->warnings.size(), 1U);
  EXPECT_TRUE(beyond->warnings[0].starts_with("group workers: topic jobs partition 0: the committed offset"));
}

TEST_F(KafkaMockTest, NothingCommitted) {
  mock.create_topic("jobs", 4);
  tool.produce("jobs", 0, 10);
  tool.produce("jobs", 1, 5);
  const auto latest = kafka({});
  const auto zero = kafka({{"scale-to-zero-on-invalid-offset", true}});
  const auto earliest = kafka({{"offset-reset-policy", text("earliest")}});
  const auto first = collect(*latest);
  EXPECT_EQ(number(first), 4);
  EXPECT_EQ(first->warnings.size(), 1U);
  EXPECT_EQ(number(collect(*zero)), 0);
  EXPECT_EQ(number(collect(*earliest)), 15);
  tool.commit("workers", "jobs", {{0, 8}});
  EXPECT_EQ(number(collect(*latest)), 2 + 3);
  EXPECT_EQ(number(collect(*zero)), 2);
  EXPECT_EQ(number(collect(*earliest)), 2 + 5);
}

TEST_F(KafkaMockTest, TopicsAndGroupsOfApps) {
  mock.create_topic("jobs.worker", 2);
  mock.create_topic("jobs.mailer", 3);
  tool.produce("jobs.worker", 1, 2);
  tool.produce("jobs.mailer", 2, 30);
  tool.commit("grüppe-worker", "jobs.worker", {{0, 0}, {1, 0}});
  tool.commit("grüppe-mailer", "jobs.mailer", {{0, 0}, {1, 0}, {2, 10}});
  const auto lag = kafka({{"topic", text("jobs.$APP_NAME")}, {"consumer-group", text("grüppe-${APP_NAME}")}});
  EXPECT_EQ(number(collect(*lag, "worker")), 2);
  EXPECT_EQ(number(collect(*lag, "mailer")), 20);
  rd_kafka_mock_topic_set_error(mock.cluster(), "jobs.nobody", RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
  const auto missing = collect(*lag, "nobody");
  EXPECT_EQ(kind_of(missing), ErrorKind::kNotFound);
  EXPECT_TRUE(says(missing, "topic jobs.nobody: ")) << message(missing);
  EXPECT_TRUE(says(missing, "kafka at 127.0.0.1:")) << message(missing);
  EXPECT_EQ(number(collect(*lag, "worker")), 2);

  std::vector<boost::asio::awaitable<Result<Sample>>> all;
  for (int i = 0; i < 20; ++i) {
    Query query{.app = i % 2 == 0 ? "worker" : "mailer"};
    all.push_back(lag->collect(std::move(query), clock.now() + std::chrono::seconds(20)));
  }
  const std::vector<Result<Sample>> samples = test::run(loop, net::gather(std::move(all)));
  for (std::size_t i = 0; i < samples.size(); ++i) EXPECT_EQ(number(samples[i]), i % 2 == 0 ? 2 : 20);
}

TEST_F(KafkaMockTest, SomePartitionsOnly) {
  mock.create_topic("jobs", 9);
  std::map<std::int32_t, std::int64_t> none;
  for (int i = 0; i < 9; ++i) {
    tool.produce("jobs", i, 1 << i);
    none[i] = 0;
  }
  tool.commit("workers", "jobs", none);
  EXPECT_EQ(number(collect(*kafka({}))), 511);
  EXPECT_EQ(number(collect(*kafka({{"partition-limitation", text("0-3,7")}}))), 15 + 128);
  EXPECT_EQ(number(collect(*kafka({{"partition-limitation", text("8,100-200")}}))), 256);
  const auto outside = collect(*kafka({{"partition-limitation", text("9")}}));
  EXPECT_EQ(kind_of(outside), ErrorKind::kNotFound);
  EXPECT_TRUE(says(outside, "topic jobs has 9 partitions")) << message(outside);
  const Series series = series_of(collect(*kafka({{"partition-limitation", text("2,5")}, {"series", true}})));
  ASSERT_EQ(series.size(), 2U);
  EXPECT_EQ(series[0].value, 4);
  EXPECT_EQ(series[1].value, 32);
  EXPECT_EQ(series[1].labels, (std::map<std::string, std::string>{{"topic", "jobs"}, {"partition", "5"}}));
}

TEST_F(KafkaMockTest, TruncatedTopic) {
  mock.create_topic("jobs", 1);
  tool.commit("workers", "jobs", {{0, 1}});
  tool.produce("jobs", 0, 12, 900'000);  // more than a partition of the mock keeps
  const std::int64_t begin = tool.begin("jobs", 0);
  ASSERT_GT(begin, 1);
  EXPECT_EQ(number(collect(*kafka({}))), static_cast<double>(12 - begin));
  EXPECT_EQ(number(collect(*kafka({{"consumer-group", text("new")}, {"offset-reset-policy", text("earliest")}}))),
            static_cast<double>(12 - begin));
  EXPECT_EQ(number(collect(*kafka({{"consumer-group", text("new")}}))), 1);
}

TEST_F(KafkaMockTest, PersistentLag) {
  mock.create_topic("jobs", 2);
  tool.produce("jobs", 0, 10);
  tool.produce("jobs", 1, 10);
  tool.commit("workers", "jobs", {{0, 1}, {1, 2}});
  const auto lag = kafka({{"exclude-persistent-lag", true}});
  EXPECT_EQ(number(collect(*lag)), 17);
  EXPECT_EQ(number(collect(*lag)), 0);
  EXPECT_EQ(number(collect(*lag, "other")), 17);  // another app's polls are not this one's
  tool.commit("workers", "jobs", {{1, 5}});
  EXPECT_EQ(number(collect(*lag)), 5);
  EXPECT_EQ(number(collect(*lag)), 0);
}

TEST_F(KafkaMockTest, LimitToPartitionsWithLag) {
  mock.create_topic("jobs", 4);
  tool.produce("jobs", 0, 100);
  tool.produce("jobs", 1, 1);
  tool.commit("workers", "jobs", {{0, 0}, {1, 0}, {2, 0}, {3, 0}});
  EXPECT_EQ(number(collect(*kafka({{"limit-to-partitions-with-lag", true}}))), 20);
  EXPECT_EQ(number(collect(*kafka({{"limit-to-partitions-with-lag", true}, {"lag-threshold", std::int64_t{25}}}))), 50);
}

TEST_F(KafkaMockTest, LeadersAndCoordinatorsThatMove) {
  mock.create_topic("jobs", 3);
  for (int i = 0; i < 3; ++i) tool.produce("jobs", i, 5);
  tool.commit("workers", "jobs", {{0, 1}, {1, 1}, {2, 1}});
  const auto lag = kafka({});
  EXPECT_EQ(number(collect(*lag)), 12);
  for (int i = 0; i < 3; ++i) {
    for (int partition = 0; partition < 3; ++partition) {
      rd_kafka_mock_partition_set_leader(mock.cluster(), "jobs", partition, 1 + (i + partition) % 3);
    }
    rd_kafka_mock_coordinator_set(mock.cluster(), "group", "workers", 1 + i);
    EXPECT_EQ(number(collect(*lag)), 12) << i;
  }
  rd_kafka_mock_push_request_errors(mock.cluster(), kOffsetFetch, 1, RD_KAFKA_RESP_ERR_NOT_COORDINATOR);
  EXPECT_EQ(number(collect(*lag)), 12);
  rd_kafka_mock_push_request_errors(mock.cluster(), kOffsetFetch, 1, RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED);
  const auto refused = collect(*lag);
  EXPECT_EQ(kind_of(refused), ErrorKind::kUnauthorized);
  EXPECT_TRUE(says(refused, "allow the user Describe on the group")) << message(refused);
  EXPECT_EQ(number(collect(*lag)), 12);
  rd_kafka_mock_push_request_errors(mock.cluster(), kListOffsets, 1, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION);
  EXPECT_EQ(number(collect(*lag)), 12);
  rd_kafka_mock_topic_set_error(mock.cluster(), "jobs", RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
  EXPECT_EQ(kind_of(collect(*lag)), ErrorKind::kNotFound);
  rd_kafka_mock_topic_set_error(mock.cluster(), "jobs", RD_KAFKA_RESP_ERR_NO_ERROR);
  EXPECT_EQ(number(collect(*lag)), 12);
}

TEST_F(KafkaMockTest, BrokerDownAndBack) {
  test::KafkaMock one(1);
  test::KafkaTool other(one.bootstrap_servers());
  one.create_topic("jobs", 2);
  other.produce("jobs", 0, 5);
  other.commit("workers", "jobs", {{0, 1}, {1, 0}});
  const auto lag = kafka_at(one.bootstrap_servers(), {});
  EXPECT_EQ(number(collect(*lag)), 4);
  one.set_down(1);
  for (int time = 0; time < 2; ++time) {
    const auto away = collect(*lag);
    EXPECT_EQ(kind_of(away), ErrorKind::kUnavailable) << message(away);
    EXPECT_TRUE(says(away, one.bootstrap_servers())) << message(away);
  }
  one.set_up(1);
  EXPECT_EQ(number(collect(*lag)), 4);
  one.set_down(1);
  one.set_up(1);
  EXPECT_EQ(number(collect(*lag)), 4);  // the kept connection is gone, and no question is lost
}

TEST_F(KafkaMockTest, APartitionWithoutALeaderIsAnError) {
  mock.create_topic("jobs", 2);
  tool.commit("workers", "jobs", {{0, 0}, {1, 0}});
  rd_kafka_mock_partition_set_leader(mock.cluster(), "jobs", 1, -1);
  const auto sample = collect(*kafka({}), "worker", std::chrono::seconds(2));
  EXPECT_TRUE(kind_of(sample) == ErrorKind::kUnavailable || kind_of(sample) == ErrorKind::kTimeout) << message(sample);
}

TEST_F(KafkaMockTest, NobodyAnswers) {
  const test::RawServer silent(loop, [](const test::RawRequest&) { return test::RawReply{}; });
  const auto mute = kafka_at("127.0.0.1:" + std::to_string(silent.port()), {});
  for (int time = 0; time < 2; ++time) {
    const auto late = collect(*mute, "worker", std::chrono::milliseconds(300));
    EXPECT_EQ(kind_of(late), ErrorKind::kTimeout) << message(late);
  }
  const auto refused = collect(*kafka_at("127.0.0.1:1", {}));
  EXPECT_EQ(kind_of(refused), ErrorKind::kUnavailable) << message(refused);
  EXPECT_TRUE(says(refused, "Connection refused")) << message(refused);
  const auto nowhere = collect(*kafka_at("no-such-host.invalid:9092", {}));
  EXPECT_EQ(kind_of(nowhere), ErrorKind::kUnavailable) << message(nowhere);
  EXPECT_TRUE(says(nowhere, "no-such-host.invalid")) << message(nowhere);
  const test::RawServer web(loop, [](const test::RawRequest&) { return test::http_reply(200, "hello"); });
  const auto wrong = kafka_at("127.0.0.1:" + std::to_string(web.port()), {});
  const auto kind = kind_of(collect(*wrong, "worker", std::chrono::milliseconds(500)));
  EXPECT_TRUE(kind == ErrorKind::kUnavailable || kind == ErrorKind::kTimeout);
}

TEST_F(KafkaMockTest, CancellingEndsIt) {
  const test::RawServer silent(loop, [](const test::RawRequest&) { return test::RawReply{}; });
  const auto mute = kafka_at("127.0.0.1:" + std::to_string(silent.port()), {});
  EXPECT_TRUE(ends_when_cancelled(*mute));
}

TEST_F(KafkaMockTest, AThousandPartitionsInOneTick) {
  constexpr int kPartitions = 1000;
  mock.create_topic("jobs", kPartitions);
  std::map<std::int32_t, std::int64_t> none;
  for (int i = 0; i < kPartitions; ++i) none[i] = 0;
  tool.commit("workers", "jobs", none);
  for (int i = 0; i < kPartitions; i += 100) tool.produce("jobs", i, 3);
  const auto lag = kafka({});
  EXPECT_EQ(number(collect(*lag)), 30);
  const TimePoint begin = clock.now();
  EXPECT_EQ(number(collect(*lag)), 30);
  const std::chrono::duration<double, std::milli> took = clock.now() - begin;
  std::printf("a tick over %d partitions took %.1f ms\n", kPartitions, took.count());
  RecordProperty("milliseconds", std::to_string(took.count()));
}

}  // namespace
}  // namespace fas::metrics
