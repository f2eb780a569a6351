// The parts of the source kafka that need no server.
#include "metrics/kafka_lag.h"

#include <gtest/gtest.h>

#include <limits>

#include "metrics/kafka_error.h"
#include "metrics/kafka_options.h"
#include "tests/metrics/settings.h"

namespace fas::metrics {
namespace {

constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
constexpr auto kNothing = std::nullopt;

KafkaPartition partition(std::int32_t id, std::optional<std::int64_t> committed, std::int64_t begin, std::int64_t end) {
  return {.topic = "jobs", .id = id, .committed = committed, .begin = begin, .end = end};
}

TEST(KafkaLag, OnePartition) {
  const KafkaLagRules latest;
  const KafkaLagRules earliest{.reset = KafkaReset::kEarliest};
  const KafkaLagRules zero{.zero_on_invalid_offset = true};
  const KafkaLagRules moving{.exclude_persistent = true};
  struct Case {
    std::string_view name;
    KafkaPartition partition;
    KafkaLagRules rules;
    std::optional<std::int64_t> previous;
    std::int64_t lag;
  };
  for (const Case& c : std::initializer_list<Case>{
           {"behind", partition(0, 40, 0, 100), latest, kNothing, 60},
           {"up to date", partition(0, 100, 0, 100), latest, kNothing, 0},
           {"empty", partition(0, 0, 0, 0), latest, kNothing, 0},
           {"all of it", partition(0, 0, 0, kMax), latest, kNothing, kMax},
           {"truncated", partition(0, 40, 70, 100), latest, kNothing, 30},
           {"truncated to nothing", partition(0, 40, 100, 100), latest, kNothing, 0},
           {"committed behind the end", partition(0, 500, 0, 100), latest, kNothing, 0},
           {"nothing committed, latest", partition(0, kNothing, 70, 100), latest, kNothing, 1},
           {"nothing committed and empty, latest", partition(0, kNothing, 0, 0), latest, kNothing, 1},
           {"nothing committed, earliest", partition(0, kNothing, 70, 100), earliest, kNothing, 30},
           {"nothing committed and empty, earliest", partition(0, kNothing, 100, 100), earliest, kNothing, 0},
           {"nothing committed, zero", partition(0, kNothing, 0, 100), zero, kNothing, 0},
           {"the policy is for nothing committed only", partition(0, 90, 70, 100), earliest, kNothing, 10},
           {"first poll", partition(0, 40, 0, 100), moving, kNothing, 60},
           {"moved", partition(0, 40, 0, 100), moving, 39, 60},
           {"moved back", partition(0, 40, 0, 100), moving, 41, 60},
           {"stuck", partition(0, 40, 0, 100), moving, 40, 0},
           {"stuck is fine without the rule", partition(0, 40, 0, 100), latest, 40, 60},
           {"nothing committed is not stuck", partition(0, kNothing, 0, 100), moving, kNothing, 1},
           {"garbage", partition(0, -5, std::numeric_limits<std::int64_t>::min(), kMax), latest, kNothing, kMax},
           {"more garbage", partition(0, kMax, kMax, -1), latest, kNothing, 0},
       }) {
    EXPECT_EQ(partition_lag(c.partition, c.rules, c.previous), c.lag) << c.name;
  }
}

TEST(KafkaLag, AsksForTheBeginOnlyWhereItMatters) {
  const KafkaLagRules latest;
  const KafkaLagRules earliest{.reset = KafkaReset::kEarliest};
  EXPECT_TRUE(needs_begin(partition(0, 40, 0, 100), latest));
  EXPECT_FALSE(needs_begin(partition(0, 100, 0, 100), latest));
  EXPECT_FALSE(needs_begin(partition(0, kNothing, 0, 100), latest));
  EXPECT_TRUE(needs_begin(partition(0, kNothing, 0, 100), earliest));
  EXPECT_FALSE(
      needs_begin(partition(0, kNothing, 0, 100), {.reset = KafkaReset::kEarliest, .zero_on_invalid_offset = true}));
}

TEST(KafkaLag, Sums) {
  const std::vector<KafkaPartition> partitions = {partition(0, 0, 0, 100), partition(1, 95, 0, 100),
                                                  partition(2, 100, 0, 100)};
  const auto sum = [&](const KafkaLagRules& rules, const KafkaCommitted& previous = {}) {
    const Reading reading = kafka_lag(partitions, rules, previous, false);
    EXPECT_EQ(reading.points.size(), 1U);
    EXPECT_TRUE(reading.warnings.empty());
    return reading.points.front().point.value;
  };
  EXPECT_EQ(sum({}), 105);
  EXPECT_EQ(sum({.limit_to_partitions_with_lag = true}), 20);
  EXPECT_EQ(sum({.limit_to_partitions_with_lag = true, .lag_threshold = 1000}), 105);
  EXPECT_EQ(sum({.exclude_persistent = true}, committed_offsets(partitions)), 0);
  EXPECT_EQ(sum({.exclude_persistent = true}, {{{"jobs", 0}, 0}, {{"other", 1}, 95}}), 5);

  const Reading series = kafka_lag(partitions, {}, {}, true);
  ASSERT_EQ(series.points.size(), 3U);
  EXPECT_EQ(series.points[1].point.value, 5);
  EXPECT_EQ(series.points[1].point.labels.at("topic"), "jobs");
  EXPECT_EQ(series.points[1].point.labels.at("partition"), "1");
  EXPECT_TRUE(kafka_lag({}, {}, {}, false).points.empty());
}

TEST(KafkaLag, Warns) {
  const Reading anew = kafka_lag({partition(0, 5, 0, 9), partition(3, 50, 0, 9)}, {}, {}, false);
  ASSERT_EQ(anew.warnings.size(), 1U);
  EXPECT_TRUE(anew.warnings[0].starts_with("topic jobs partition 3: the committed offset 50 lies behind the end 9"));
  const Reading unknown = kafka_lag({partition(0, kNothing, 0, 9)}, {}, {}, false);
  ASSERT_EQ(unknown.warnings.size(), 1U);
  EXPECT_TRUE(unknown.warnings[0].contains("has committed no offset"));
}

TEST(KafkaOptions, Partitions) {
  using Ranges = std::vector<KafkaRange>;
  EXPECT_EQ(parse_partitions("0-3,7"), (Ranges{{0, 3}, {7, 7}}));
  EXPECT_EQ(parse_partitions(" 5 , 1 - 2 "), (Ranges{{5, 5}, {1, 2}}));
  EXPECT_EQ(parse_partitions("2147483647"), (Ranges{{2147483647, 2147483647}}));
  EXPECT_EQ(parse_partitions(""), Ranges{});
  for (const std::string_view bad : {"a", "-1", "1-", "3-1", "1,", ",", "1-2-3", "2147483648", "0x1", "1 2", "+1"}) {
    const auto ranges = parse_partitions(bad);
    ASSERT_FALSE(ranges) << bad;
    EXPECT_EQ(ranges.error().kind, ErrorKind::kInvalid);
  }
}

TEST(KafkaOptions, Validate) {
  const auto object = [](const Settings& inner) -> FieldValue { return std::make_shared<const Settings>(inner); };
  const Settings plain =
      settings({{"bootstrap-servers", text("a.internal:9092, [fdaa::3]:9092")}, {"consumer-group", text("workers")}});
  struct Case {
    std::initializer_list<std::pair<const std::string, FieldValue>> more;
    std::string_view message;  // empty: valid
  };
  for (const Case& c : std::initializer_list<Case>{
           {{}, ""},
           {{{"consumer-group", text("")}}, "kafka consumer-group required"},
           {{{"bootstrap-servers", text("a.internal")}}, "kafka bootstrap-servers must be HOST:PORT"},
           {{{"bootstrap-servers", text("a.internal:9092,")}}, "kafka bootstrap-servers must be HOST:PORT"},
           {{{"bootstrap-servers", text("kafka://a:9092")}}, "kafka bootstrap-servers must be HOST:PORT"},
           {{{"bootstrap-servers", text("u:secret@a:9092")}}, "kafka bootstrap-servers must be HOST:PORT"},
           {{{"bootstrap-servers", text("a:0")}}, "kafka bootstrap-servers must be HOST:PORT"},
           {{{"topic", text("jobs")}, {"partition-limitation", text("0-3,7")}}, ""},
           {{{"topic", text("jobs")}, {"partition-limitation", text("all")}}, "as in 0-3,7, and not \"all\""},
           {{{"partition-limitation", text("0-3")}}, "kafka partition-limitation needs a topic"},
           {{{"limit-to-partitions-with-lag", true}, {"lag-threshold", std::int64_t{50}}}, ""},
           {{{"lag-threshold", std::int64_t{50}}}, "set that, too, or leave it out"},
           {{{"limit-to-partitions-with-lag", true}, {"lag-threshold", std::int64_t{0}}}, "must be at least 1"},
           {{{"limit-to-partitions-with-lag", true}, {"series", true}}, "with series there is none"},
           {{{"max-age", Duration(1)}}, "leave out max-age"},
           {{{"sasl", object(settings({{"username", text("u")}}))}}, "kafka sasl.mechanism required"},
           {{{"sasl", object(settings({{"mechanism", text("PLAIN")}, {"username", text("u")}}))}},
            "kafka sasl.password required"},
           {{{"sasl", object(settings({{"mechanism", text("PLAIN")}, {"password", text("secret")}}))}},
            "kafka sasl.username required"},
           {{{"sasl", object(settings({{"mechanism", text("OAUTHBEARER")}, {"password", text("secret")}}))}}, ""},
           {{{"tls", object(settings({{"server-name", text("b")}}))}}, "leave out tls.server-name"},
       }) {
    Settings given = plain;
    for (const auto& [key, value] : c.more) given.values.insert_or_assign(key, value);
    const Result<void> valid = validate(*find_source_kind("kafka"), given);
    const std::string message = valid ? "" : valid.error().message;
    EXPECT_TRUE(c.message.empty() ? valid.has_value() : message.contains(c.message)) << c.message << ": " << message;
    EXPECT_FALSE(message.contains("secret")) << message;
  }
}

TEST(KafkaError, Table) {
  EXPECT_EQ(kafka_failure(3, "").message, "Broker: Unknown topic or partition; check topic");
  EXPECT_EQ(kafka_failure(3, "").kind, ErrorKind::kNotFound);
  EXPECT_EQ(kafka_failure(30, "").kind, ErrorKind::kUnauthorized);
  EXPECT_EQ(kafka_failure(-185, "late").kind, ErrorKind::kTimeout);
  EXPECT_EQ(kafka_failure(15, "two\nlines").message, "two lines");
  EXPECT_EQ(kafka_failure(15, "").kind, ErrorKind::kUnavailable);
  EXPECT_EQ(kafka_failure(31999, "").kind, ErrorKind::kUnavailable);
  EXPECT_TRUE(is_kafka_refusal(-169));
  EXPECT_FALSE(is_kafka_refusal(-195));
}

}  // namespace
}  // namespace fas::metrics
