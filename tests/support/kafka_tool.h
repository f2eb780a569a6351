// What a test does to a Kafka cluster, mocked or real: it produces, commits, makes and removes.
#pragma once

#include <librdkafka/rdkafka.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace fas::test {

// Every call waits until it is done, and throws std::runtime_error when it fails.
class KafkaTool {
 public:
  explicit KafkaTool(const std::string& bootstrap_servers);

  void create_topic(const std::string& topic, int partitions);
  void delete_topic(const std::string& topic);
  void produce(const std::string& topic, std::int32_t partition, int count, std::size_t bytes = 1);
  // Offsets by partition.
  void commit(const std::string& group, const std::string& topic, const std::map<std::int32_t, std::int64_t>& offsets);
  void delete_records(const std::string& topic, std::int32_t partition, std::int64_t before);
  // The offset of the oldest message.
  std::int64_t begin(const std::string& topic, std::int32_t partition);

 private:
  struct Destroy {
    void operator()(rd_kafka_t* handle) const { rd_kafka_destroy(handle); }
  };

  // Runs an admin request, and throws when the answer, or any of what it is about, is an error.
  void admin(const std::function<void(rd_kafka_queue_t*)>& request);

  std::unique_ptr<rd_kafka_t, Destroy> handle_;
};

}  // namespace fas::test
