// Where a Kafka cluster is and how to log in, out of the fields of the source. No I/O.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "metrics/kafka_lag.h"
#include "metrics/registry.h"

namespace fas::metrics {

struct KafkaOptions {
  std::string bootstrap_servers;  // "a.internal:9092,b.internal:9092"
  std::string mechanism;          // of SASL; empty: none
  std::string username;
  std::string password;                         // with OAUTHBEARER the token
  std::shared_ptr<const net::TlsSettings> tls;  // null: no TLS
};

// A closed range of partitions.
struct KafkaRange {
  std::int32_t first = 0;
  std::int32_t last = 0;
  bool operator==(const KafkaRange&) const = default;
};

Result<KafkaOptions> read_kafka_options(const Settings& settings);

// "0-3,7"; empty text is no range, which stands for all partitions.
Result<std::vector<KafkaRange>> parse_partitions(std::string_view text);

KafkaLagRules read_lag_rules(const Settings& settings);

}  // namespace fas::metrics
