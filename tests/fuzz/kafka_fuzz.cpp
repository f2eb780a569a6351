// Whatever numbers brokers answer, and whatever stands in the texts of a kafka collector.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "metrics/kafka_error.h"
#include "metrics/kafka_lag.h"
#include "metrics/kafka_options.h"

namespace {

using namespace fas::metrics;  // NOLINT(google-build-using-namespace)

std::vector<KafkaPartition> partitions_of(std::string_view bytes) {
  constexpr std::size_t kOne = 1 + 3 * sizeof(std::int64_t);
  std::vector<KafkaPartition> partitions;
  for (; bytes.size() >= kOne; bytes.remove_prefix(kOne)) {
    std::int64_t numbers[3];
    std::memcpy(numbers, bytes.data() + 1, sizeof numbers);
    KafkaPartition& one = partitions.emplace_back();
    one.topic = bytes.substr(0, 1);
    one.id = static_cast<std::int32_t>(partitions.size());
    if ((static_cast<unsigned char>(bytes[0]) & 1U) != 0) one.committed = numbers[0];
    one.begin = numbers[1];
    one.end = numbers[2];
  }
  return partitions;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const KafkaLagRules rules{.reset = (data[0] & 1U) != 0 ? KafkaReset::kEarliest : KafkaReset::kLatest,
                            .zero_on_invalid_offset = (data[0] & 2U) != 0,
                            .exclude_persistent = (data[0] & 4U) != 0,
                            .limit_to_partitions_with_lag = (data[0] & 8U) != 0,
                            .lag_threshold = data[0]};
  const std::vector<KafkaPartition> partitions = partitions_of(text);
  for (const bool series : {false, true}) {
    const Reading reading = kafka_lag(partitions, rules, committed_offsets(partitions), series);
    for (const ReadPoint& read : reading.points) {
      if (!(read.point.value >= 0) || std::isinf(read.point.value)) std::abort();
    }
  }
  const auto ranges = parse_partitions(text);
  if (ranges) {
    for (const KafkaRange& range : *ranges) {
      if (range.first < 0 || range.last < range.first) std::abort();
    }
  }
  Settings settings;
  settings.values.emplace("bootstrap-servers", std::string(text));
  const auto options = read_kafka_options(settings);
  if (!options && options.error().message.size() > 1000) std::abort();
  if (kafka_failure(static_cast<int>(size) - 200, text).message.size() > 1000) std::abort();
  return 0;
}
