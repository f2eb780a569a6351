// librdkafka's mock of a Kafka cluster: brokers on loopback ports that speak the protocol.
#pragma once

// clang-format off: the second needs the first
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
// clang-format on

#include <cstdint>
#include <memory>
#include <string>

namespace fas::test {

class KafkaMock {
 public:
  explicit KafkaMock(int brokers = 1) {
    rd_kafka_conf_t* config = rd_kafka_conf_new();
    rd_kafka_conf_set_log_cb(config, [](const rd_kafka_t*, int, const char*, const char*) {});
    handle_.reset(rd_kafka_new(RD_KAFKA_PRODUCER, config, nullptr, 0));
    cluster_.reset(rd_kafka_mock_cluster_new(handle_.get(), brokers));
  }

  std::string bootstrap_servers() const { return rd_kafka_mock_cluster_bootstraps(cluster_.get()); }
  void create_topic(const std::string& topic, int partitions) {
    rd_kafka_mock_topic_create(cluster_.get(), topic.c_str(), partitions, 1);
  }
  void set_down(std::int32_t broker) { rd_kafka_mock_broker_set_down(cluster_.get(), broker); }
  void set_up(std::int32_t broker) { rd_kafka_mock_broker_set_up(cluster_.get(), broker); }
  rd_kafka_mock_cluster_t* cluster() { return cluster_.get(); }

 private:
  struct Destroy {
    void operator()(rd_kafka_t* handle) const { rd_kafka_destroy(handle); }
    void operator()(rd_kafka_mock_cluster_t* cluster) const { rd_kafka_mock_cluster_destroy(cluster); }
  };
  std::unique_ptr<rd_kafka_t, Destroy> handle_;
  std::unique_ptr<rd_kafka_mock_cluster_t, Destroy> cluster_;
};

}  // namespace fas::test
