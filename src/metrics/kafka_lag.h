// The arithmetic of consumer lag. No I/O.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "metrics/reading.h"

namespace fas::metrics {

// What the brokers said about one partition.
struct KafkaPartition {
  std::string topic;
  std::int32_t id = 0;
  std::optional<std::int64_t> committed;  // the group's next message; nullopt: it has committed nothing
  std::int64_t begin = 0;                 // the oldest message that is still there; 0 where nobody asked
  std::int64_t end = 0;                   // one behind the newest message
};

// Where a consumer begins that finds nothing committed (Kafka's auto.offset.reset).
enum class KafkaReset : std::uint8_t { kLatest, kEarliest };

struct KafkaLagRules {
  KafkaReset reset = KafkaReset::kLatest;
  bool zero_on_invalid_offset = false;        // a partition with nothing committed counts 0
  bool exclude_persistent = false;            // one whose committed offset did not move since the last poll counts 0
  bool limit_to_partitions_with_lag = false;  // the sum is at most lag_threshold for each partition with lag
  std::int64_t lag_threshold = 10;
};

// The committed offsets of a poll, by topic and partition.
using KafkaCommitted = std::map<std::pair<std::string, std::int32_t>, std::int64_t>;

KafkaCommitted committed_offsets(const std::vector<KafkaPartition>& partitions);

// How many messages wait; never below 0. Where something is committed: from there to the end, but not more than there
// still is. Where nothing is: 1 under kLatest, so that a consumer starts and commits, and all that there is under
// kEarliest. `previous` is what was committed at the last poll, if anything.
std::int64_t partition_lag(const KafkaPartition& partition, const KafkaLagRules& rules,
                           std::optional<std::int64_t> previous);

// Whether partition_lag() needs to know `begin`.
bool needs_begin(const KafkaPartition& partition, const KafkaLagRules& rules);

// The sum, or with `series` one point for each partition, labelled `topic` and `partition`.
Reading kafka_lag(const std::vector<KafkaPartition>& partitions, const KafkaLagRules& rules,
                  const KafkaCommitted& previous, bool series);

}  // namespace fas::metrics
