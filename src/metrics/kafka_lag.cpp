#include "metrics/kafka_lag.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>

namespace fas::metrics {
namespace {

std::int64_t distance(std::int64_t from, std::int64_t to) {
  from = std::max<std::int64_t>(from, 0);
  return to > from ? to - from : 0;
}

std::optional<std::int64_t> find(const KafkaCommitted& offsets, const KafkaPartition& partition) {
  const auto found = offsets.find({partition.topic, partition.id});
  return found == offsets.end() ? std::nullopt : std::optional(found->second);
}

bool is_beyond_end(const KafkaPartition& partition) { return partition.committed.value_or(0) > partition.end; }

std::vector<std::string> warnings_about(const std::vector<KafkaPartition>& partitions) {
  std::vector<std::string> warnings;
  const auto beyond = std::ranges::find_if(partitions, is_beyond_end);
  if (beyond != partitions.end()) {
    warnings.push_back(fmt::format(
        "topic {} partition {}: the committed offset {} lies behind the end {}, which counts 0; was the topic made "
        "anew?",
        beyond->topic, beyond->id, *beyond->committed, beyond->end));
  }
  const bool none = std::ranges::none_of(partitions, [](const KafkaPartition& p) { return p.committed.has_value(); });
  if (none && !partitions.empty()) {
    warnings.emplace_back("the group has committed no offset yet; check consumer-group if it should have");
  }
  return warnings;
}

}  // namespace

KafkaCommitted committed_offsets(const std::vector<KafkaPartition>& partitions) {
  KafkaCommitted offsets;
  for (const KafkaPartition& partition : partitions) {
    if (partition.committed) offsets.insert_or_assign({partition.topic, partition.id}, *partition.committed);
  }
  return offsets;
}

std::int64_t partition_lag(const KafkaPartition& partition, const KafkaLagRules& rules,
                           std::optional<std::int64_t> previous) {
  if (!partition.committed) {
    if (rules.zero_on_invalid_offset) return 0;
    return rules.reset == KafkaReset::kLatest ? 1 : distance(partition.begin, partition.end);
  }
  if (rules.exclude_persistent && previous == partition.committed) return 0;
  return distance(std::max(*partition.committed, partition.begin), partition.end);
}

bool needs_begin(const KafkaPartition& partition, const KafkaLagRules& rules) {
  if (partition.committed) return *partition.committed < partition.end;
  return rules.reset == KafkaReset::kEarliest && !rules.zero_on_invalid_offset;
}

Reading kafka_lag(const std::vector<KafkaPartition>& partitions, const KafkaLagRules& rules,
                  const KafkaCommitted& previous, bool series) {
  Reading reading{.points = {}, .warnings = warnings_about(partitions)};
  double sum = 0;
  std::size_t with_lag = 0;
  for (const KafkaPartition& partition : partitions) {
    const std::int64_t lag = partition_lag(partition, rules, find(previous, partition));
    sum += static_cast<double>(lag);
    if (lag > 0) ++with_lag;
    if (!series) continue;
    ReadPoint& read = reading.points.emplace_back();
    read.point.value = static_cast<double>(lag);
    read.point.labels = {{"topic", partition.topic}, {"partition", std::to_string(partition.id)}};
  }
  if (series || partitions.empty()) return reading;
  if (rules.limit_to_partitions_with_lag) {
    sum = std::min(sum, static_cast<double>(with_lag) * static_cast<double>(rules.lag_threshold));
  }
  reading.points.push_back({.point = {.labels = {}, .value = sum}, .at = std::nullopt});
  return reading;
}

}  // namespace fas::metrics
