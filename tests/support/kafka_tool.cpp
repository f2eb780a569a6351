#include "tests/support/kafka_tool.h"

#include <cstddef>
#include <stdexcept>
#include <vector>

namespace fas::test {
namespace {

constexpr int kPatienceMs = 30'000;

using List = std::unique_ptr<rd_kafka_topic_partition_list_t,
                             decltype([](auto* list) { rd_kafka_topic_partition_list_destroy(list); })>;

void check(rd_kafka_resp_err_t code, const char* what) {
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) throw std::runtime_error(std::string(what) + ": " + rd_kafka_err2str(code));
}

void check_topics(const rd_kafka_topic_result_t* const* results, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) check(rd_kafka_topic_result_error(results[i]), "topic");
}

void check_groups(const rd_kafka_group_result_t* const* results, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    check(rd_kafka_error_code(rd_kafka_group_result_error(results[i])), "group");
    const rd_kafka_topic_partition_list_t* list = rd_kafka_group_result_partitions(results[i]);
    for (int j = 0; list != nullptr && j < list->cnt; ++j) check(list->elems[j].err, "partition");
  }
}

void check_event(rd_kafka_event_t* event) {
  if (event == nullptr) throw std::runtime_error("no answer to an admin request");
  const std::unique_ptr<rd_kafka_event_t, void (*)(rd_kafka_event_t*)> owner(event, &rd_kafka_event_destroy);
  check(rd_kafka_event_error(event), "admin request");
  std::size_t count = 0;
  if (const auto* created = rd_kafka_event_CreateTopics_result(event); created != nullptr) {
    check_topics(rd_kafka_CreateTopics_result_topics(created, &count), count);
  }
  if (const auto* deleted = rd_kafka_event_DeleteTopics_result(event); deleted != nullptr) {
    check_topics(rd_kafka_DeleteTopics_result_topics(deleted, &count), count);
  }
  if (const auto* altered = rd_kafka_event_AlterConsumerGroupOffsets_result(event); altered != nullptr) {
    check_groups(rd_kafka_AlterConsumerGroupOffsets_result_groups(altered, &count), count);
  }
}

}  // namespace

KafkaTool::KafkaTool(const std::string& bootstrap_servers) {
  rd_kafka_conf_t* config = rd_kafka_conf_new();
  rd_kafka_conf_set_log_cb(config, [](const rd_kafka_t*, int, const char*, const char*) {});
  rd_kafka_conf_set(config, "bootstrap.servers", bootstrap_servers.c_str(), nullptr, 0);
  rd_kafka_conf_set(config, "linger.ms", "0", nullptr, 0);
  handle_.reset(rd_kafka_new(RD_KAFKA_PRODUCER, config, nullptr, 0));
  if (handle_ == nullptr) throw std::runtime_error("rd_kafka_new failed");
}

void KafkaTool::admin(const std::function<void(rd_kafka_queue_t*)>& request) {
  const std::unique_ptr<rd_kafka_queue_t, void (*)(rd_kafka_queue_t*)> queue(rd_kafka_queue_new(handle_.get()),
                                                                             &rd_kafka_queue_destroy);
  request(queue.get());
  check_event(rd_kafka_queue_poll(queue.get(), kPatienceMs));
}

void KafkaTool::create_topic(const std::string& topic, int partitions) {
  rd_kafka_NewTopic_t* wanted = rd_kafka_NewTopic_new(topic.c_str(), partitions, 1, nullptr, 0);
  admin([&](rd_kafka_queue_t* queue) { rd_kafka_CreateTopics(handle_.get(), &wanted, 1, nullptr, queue); });
  rd_kafka_NewTopic_destroy(wanted);
}

void KafkaTool::delete_topic(const std::string& topic) {
  rd_kafka_DeleteTopic_t* unwanted = rd_kafka_DeleteTopic_new(topic.c_str());
  admin([&](rd_kafka_queue_t* queue) { rd_kafka_DeleteTopics(handle_.get(), &unwanted, 1, nullptr, queue); });
  rd_kafka_DeleteTopic_destroy(unwanted);
}

void KafkaTool::produce(const std::string& topic, std::int32_t partition, int count, std::size_t bytes) {
  const std::string payload(bytes, 'x');
  for (int i = 0; i < count; ++i) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg): librdkafka's own way
    check(rd_kafka_producev(handle_.get(), RD_KAFKA_V_TOPIC(topic.c_str()), RD_KAFKA_V_PARTITION(partition),
                            RD_KAFKA_V_VALUE(const_cast<char*>(payload.data()), payload.size()),
                            RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END),
          "produce");
    // Large ones singly, so that each is a batch of its own.
    if (bytes > 1000) check(rd_kafka_flush(handle_.get(), kPatienceMs), "flush");
  }
  check(rd_kafka_flush(handle_.get(), kPatienceMs), "flush");
}

void KafkaTool::commit(const std::string& group, const std::string& topic,
                       const std::map<std::int32_t, std::int64_t>& offsets) {
  const List list(rd_kafka_topic_partition_list_new(static_cast<int>(offsets.size())));
  for (const auto& [partition, offset] : offsets) {
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition)->offset = offset;
  }
  rd_kafka_AlterConsumerGroupOffsets_t* wanted = rd_kafka_AlterConsumerGroupOffsets_new(group.c_str(), list.get());
  admin(
      [&](rd_kafka_queue_t* queue) { rd_kafka_AlterConsumerGroupOffsets(handle_.get(), &wanted, 1, nullptr, queue); });
  rd_kafka_AlterConsumerGroupOffsets_destroy(wanted);
}

void KafkaTool::delete_records(const std::string& topic, std::int32_t partition, std::int64_t before) {
  const List list(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition)->offset = before;
  rd_kafka_DeleteRecords_t* wanted = rd_kafka_DeleteRecords_new(list.get());
  admin([&](rd_kafka_queue_t* queue) { rd_kafka_DeleteRecords(handle_.get(), &wanted, 1, nullptr, queue); });
  rd_kafka_DeleteRecords_destroy(wanted);
}

std::int64_t KafkaTool::begin(const std::string& topic, std::int32_t partition) {
  std::int64_t low = 0;
  std::int64_t high = 0;
  check(rd_kafka_query_watermark_offsets(handle_.get(), topic.c_str(), partition, &low, &high, kPatienceMs), "begin");
  return low;
}

}  // namespace fas::test
