#include "metrics/kafka_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <thread>
#include <utility>

#include "metrics/kafka_config.h"
#include "metrics/kafka_error.h"

namespace fas::metrics {
namespace {

using std::chrono::milliseconds;

constexpr int kPollMs = 50;
constexpr milliseconds kFirstSlice{100};
constexpr milliseconds kFirstPause{100};
constexpr milliseconds kLastPause{800};
// How long to go on without any broker, once there is a reason to know why. A name may have several addresses, which
// are tried one after the other.
constexpr milliseconds kLongEnough{1000};

using List = std::unique_ptr<rd_kafka_topic_partition_list_t,
                             decltype([](auto* list) { rd_kafka_topic_partition_list_destroy(list); })>;
using Topic = std::unique_ptr<rd_kafka_topic_t, decltype([](auto* topic) { rd_kafka_topic_destroy(topic); })>;
using Metadata =
    std::unique_ptr<const rd_kafka_metadata_t, decltype([](const auto* data) { rd_kafka_metadata_destroy(data); })>;
using Queue = std::unique_ptr<rd_kafka_queue_t, decltype([](auto* queue) { rd_kafka_queue_destroy(queue); })>;
using Event = std::unique_ptr<rd_kafka_event_t, decltype([](auto* event) { rd_kafka_event_destroy(event); })>;
using AdminOptions =
    std::unique_ptr<rd_kafka_AdminOptions_t, decltype([](auto* options) { rd_kafka_AdminOptions_destroy(options); })>;
using GroupRequest = std::unique_ptr<rd_kafka_ListConsumerGroupOffsets_t,
                                     decltype([](auto* r) { rd_kafka_ListConsumerGroupOffsets_destroy(r); })>;

// Milliseconds, and the most that librdkafka takes. A request for a group's offsets that times out by itself while it
// looks for the coordinator, or connects to it, aborts the process: the request is freed by the one and counted down by
// the other (seen with 2.0.2). So it is given up by us alone, and goes with its handle.
constexpr int kNever = 3'600'000;

// Before 2.6.1 the last message of SCRAM has the client's nonce twice, for which Kafka 4 refuses it.
constexpr int kSoundScram = 0x020601ff;

int left_ms(std::chrono::steady_clock::time_point end) {
  const auto left = std::chrono::ceil<milliseconds>(end - std::chrono::steady_clock::now());
  return static_cast<int>(std::clamp<std::int64_t>(left.count(), 1, 3'600'000));
}

std::string place(std::string_view topic, std::int32_t partition) {
  return fmt::format("topic {} partition {}", topic, partition);
}

std::unexpected<Error> failure_at(int code, std::string_view topic, std::int32_t partition) {
  return fail_with(place(topic, partition), kafka_failure(code, ""));
}

bool is_wanted(const std::vector<KafkaRange>& only, std::int32_t partition) {
  return only.empty() || std::ranges::any_of(only, [&](const KafkaRange& range) {
           return range.first <= partition && partition <= range.last;
         });
}

Result<KafkaCommitted> read_committed(rd_kafka_event_t* event) {
  if (const rd_kafka_resp_err_t code = rd_kafka_event_error(event); code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return std::unexpected(kafka_failure(code, ""));  // the library's text is about its insides
  }
  std::size_t count = 0;
  const auto* const result = rd_kafka_event_ListConsumerGroupOffsets_result(event);
  const rd_kafka_group_result_t** const groups =
      result == nullptr ? nullptr : rd_kafka_ListConsumerGroupOffsets_result_groups(result, &count);
  if (groups == nullptr || count != 1) return fail(ErrorKind::kMalformed, "the group's offsets did not come");
  if (const rd_kafka_error_t* const error = rd_kafka_group_result_error(groups[0]); error != nullptr) {
    return std::unexpected(kafka_failure(rd_kafka_error_code(error), ""));
  }
  KafkaCommitted offsets;
  const rd_kafka_topic_partition_list_t* const list = rd_kafka_group_result_partitions(groups[0]);
  for (int i = 0; list != nullptr && i < list->cnt; ++i) {
    const rd_kafka_topic_partition_t& one = list->elems[i];
    if (one.err != RD_KAFKA_RESP_ERR_NO_ERROR) return failure_at(one.err, one.topic, one.partition);
    if (one.offset >= 0) offsets.insert_or_assign({one.topic, one.partition}, one.offset);
  }
  return offsets;
}

}  // namespace

Result<std::vector<KafkaPartition>> KafkaClient::ask(const KafkaRequest& request, milliseconds limit,
                                                     const std::stop_token& stop) {
  const Ask ask{.request = &request, .end = std::chrono::steady_clock::now() + limit, .stop = &stop};
  for (milliseconds pause = kFirstPause;; pause *= 2) {
    if (is_spent_) handle_.reset();
    is_spent_ = false;
    if (handle_ == nullptr) {
      if (Result<void> started = start(request.group); !started) return std::unexpected(std::move(started.error()));
    }
    serve_events(0);
    refused_ = false;
    Result<Partitions> answer = ask_once(ask);
    if (stop.stop_requested()) return fail(ErrorKind::kCancelled, "nobody waits for the answer any more");
    if (answer) {
      reason_code_ = 0;
      reason_.clear();
      return answer;
    }
    const ErrorKind kind = answer.error().kind;
    // A new one tries at once, tells its reasons anew, and asks again which broker coordinates the group. The old one
    // goes when the next begins, since that may take a second.
    is_spent_ = kind == ErrorKind::kUnavailable || kind == ErrorKind::kTimeout || kind == ErrorKind::kUnauthorized;
    // Brokers that answer and cannot serve: a group or a partition is on its way from one to another.
    const bool may_pass = kind == ErrorKind::kUnavailable && reason_.empty();
    if (!may_pass || pause > kLastPause || left_ms(ask.end) <= pause.count()) return answer;
    std::this_thread::sleep_for(pause);
  }
}

Result<void> KafkaClient::start(const std::string& group) {
  Result<KafkaConfig> config = make_kafka_config(options_, group, ca_, cert_, key_);
  if (!config) return std::unexpected(std::move(config.error()));
  rd_kafka_conf_set_opaque(config->get(), this);
  rd_kafka_conf_set_error_cb(config->get(), &KafkaClient::on_error);
  if (options_.mechanism == "OAUTHBEARER") {
    rd_kafka_conf_set_oauthbearer_token_refresh_cb(config->get(), &KafkaClient::on_token);
  }
  reason_code_ = 0;
  reason_.clear();
  std::array<char, 512> problem{};
  handle_.reset(rd_kafka_new(RD_KAFKA_CONSUMER, config->get(), problem.data(), problem.size()));
  if (handle_ == nullptr) return std::unexpected(kafka_failure(RD_KAFKA_RESP_ERR__INVALID_ARG, problem.data()));
  [[maybe_unused]] const rd_kafka_conf_t* const now_the_handles = config->release();
  if (options_.mechanism == "OAUTHBEARER") set_token(handle_.get());
  return {};
}

void KafkaClient::set_token(rd_kafka_t* handle) const {
  // It ends when the brokers say so: what it says itself is for them.
  constexpr std::chrono::hours kLongTime{24 * 365 * 10};
  const auto until = std::chrono::system_clock::now() + kLongTime;
  const std::int64_t until_ms = std::chrono::duration_cast<milliseconds>(until.time_since_epoch()).count();
  const char* const principal = options_.username.empty() ? "fly-autoscaler" : options_.username.c_str();
  std::array<char, 256> problem{};
  if (rd_kafka_oauthbearer_set_token(handle, options_.password.c_str(), until_ms, principal, nullptr, 0, problem.data(),
                                     problem.size()) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    rd_kafka_oauthbearer_set_token_failure(handle, "the token is not of the form that OAUTHBEARER allows");
  }
}

void KafkaClient::on_token(rd_kafka_t* handle, const char* /*config*/, void* self) {
  static_cast<const KafkaClient*>(self)->set_token(handle);
}

void KafkaClient::on_error(rd_kafka_t* /*handle*/, int code, const char* reason, void* self) {
  auto* const client = static_cast<KafkaClient*>(self);
  client->refused_ = client->refused_ || is_kafka_refusal(code);
  if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN && client->reason_code_ != 0) return;  // why says more
  client->reason_code_ = code;
  client->reason_ = reason == nullptr ? "" : reason;
}

void KafkaClient::serve_events(int timeout_ms) {
  while (rd_kafka_poll(handle_.get(), timeout_ms) > 0) timeout_ms = 0;
  // What librdkafka tells the group, of which nothing is of interest, must not pile up.
  while (rd_kafka_message_t* const message = rd_kafka_consumer_poll(handle_.get(), 0)) {
    rd_kafka_message_destroy(message);
  }
}

Error KafkaClient::unanswered(int code) const {
  const bool is_late = code == RD_KAFKA_RESP_ERR__TIMED_OUT || code == RD_KAFKA_RESP_ERR__TRANSPORT;
  if (!is_late) return kafka_failure(code, "");
  if (reason_.empty()) return kafka_failure(RD_KAFKA_RESP_ERR__TIMED_OUT, "the brokers did not answer in time");
  Error error = kafka_failure(reason_code_, reason_);
  const bool is_scram = options_.mechanism.starts_with("SCRAM") && rd_kafka_version() < kSoundScram;
  if (is_scram && error.kind == ErrorKind::kUnauthorized) {
    error.message +=
        fmt::format(", and mind that SCRAM of librdkafka {} is refused by Kafka 4", rd_kafka_version_str());
  }
  return error;
}

// A call that cannot be interrupted is made of short ones. They grow, so that a slow broker gets its chance.
rd_kafka_resp_err_t KafkaClient::patiently(const Call& call, const Ask& ask) {
  const auto begin = std::chrono::steady_clock::now();
  for (milliseconds slice = kFirstSlice;; slice *= 2) {
    const int left = left_ms(ask.end);
    const rd_kafka_resp_err_t code = call(std::min(static_cast<int>(slice.count()), left));
    serve_events(0);
    if (code != RD_KAFKA_RESP_ERR__TIMED_OUT && code != RD_KAFKA_RESP_ERR__TRANSPORT) return code;
    if (refused_ || ask.stop->stop_requested() || left_ms(ask.end) <= 1) return code;
    if (code == RD_KAFKA_RESP_ERR__TIMED_OUT) continue;
    const bool is_long = std::chrono::steady_clock::now() - begin >= kLongEnough;
    if (is_long && !reason_.empty()) return code;
    serve_events(std::min(kPollMs, left_ms(ask.end)));
  }
}

// Whether any broker can be reached: of the call for a group's offsets, nobody could tell until it is too late.
Result<void> KafkaClient::reach(const Ask& ask) {
  const rd_kafka_resp_err_t code = patiently(
      [&](int timeout_ms) {
        const rd_kafka_metadata_t* answer = nullptr;
        const rd_kafka_resp_err_t result = rd_kafka_metadata(handle_.get(), 0, nullptr, &answer, timeout_ms);
        if (answer != nullptr) rd_kafka_metadata_destroy(answer);
        return result;
      },
      ask);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return std::unexpected(unanswered(code));
  return {};
}

Result<std::vector<KafkaPartition>> KafkaClient::ask_once(const Ask& ask) {
  const KafkaRequest& request = *ask.request;
  Partitions partitions;
  KafkaCommitted offsets;
  std::set<std::string> topics;
  if (!request.topic.empty()) topics.insert(request.topic);
  if (topics.empty()) {
    if (Result<void> reached = reach(ask); !reached) return std::unexpected(std::move(reached.error()));
    Result<KafkaCommitted> found = committed(nullptr, ask);
    if (!found) return std::unexpected(std::move(found.error()));
    if (found->empty()) {
      return fail(ErrorKind::kNotFound, fmt::format("group {} has committed no offsets; check consumer-group, or name "
                                                    "the topic that it is going to read",
                                                    request.group));
    }
    for (const auto& [partition, offset] : *found) topics.insert(partition.first);
    offsets = std::move(*found);
  }
  for (const std::string& topic : topics) {
    if (Result<void> added = add_partitions(topic, ask, partitions); !added) return std::unexpected(added.error());
  }
  if (!request.topic.empty()) {
    Result<KafkaCommitted> found = committed(&partitions, ask);
    if (!found) return std::unexpected(std::move(found.error()));
    offsets = std::move(*found);
  }
  std::vector<KafkaPartition*> all;
  for (KafkaPartition& partition : partitions) {
    const auto offset = offsets.find({partition.topic, partition.id});
    if (offset != offsets.end()) partition.committed = offset->second;
    all.push_back(&partition);
  }
  // After what is committed, so that the end is never the older of the two.
  Result<void> found = find_offsets(all, RD_KAFKA_OFFSET_END, &KafkaPartition::end, ask);
  if (!found) return std::unexpected(std::move(found.error()));
  std::erase_if(all, [&](const KafkaPartition* partition) { return !needs_begin(*partition, request.rules); });
  found = find_offsets(all, RD_KAFKA_OFFSET_BEGINNING, &KafkaPartition::begin, ask);
  if (!found) return std::unexpected(std::move(found.error()));
  return partitions;
}

Result<void> KafkaClient::add_partitions(const std::string& topic, const Ask& ask, Partitions& partitions) {
  const Topic known(rd_kafka_topic_new(handle_.get(), topic.c_str(), nullptr));
  if (known == nullptr) return std::unexpected(kafka_failure(RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION, ""));
  Metadata metadata;
  const rd_kafka_resp_err_t code = patiently(
      [&](int timeout_ms) {
        const rd_kafka_metadata_t* answer = nullptr;
        const rd_kafka_resp_err_t result = rd_kafka_metadata(handle_.get(), 0, known.get(), &answer, timeout_ms);
        if (answer != nullptr) metadata.reset(answer);
        return result;
      },
      ask);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return std::unexpected(unanswered(code));
  if (metadata == nullptr || metadata->topic_cnt != 1) {
    return fail(ErrorKind::kMalformed, fmt::format("topic {}: no answer about its partitions", topic));
  }
  const rd_kafka_metadata_topic_t& found = metadata->topics[0];
  if (found.err != RD_KAFKA_RESP_ERR_NO_ERROR) return fail_with("topic " + topic, kafka_failure(found.err, ""));
  const std::size_t before = partitions.size();
  for (int i = 0; i < found.partition_cnt; ++i) {
    const std::int32_t id = found.partitions[i].id;
    if (is_wanted(ask.request->only, id)) partitions.push_back({.topic = topic, .id = id, .committed = {}});
  }
  if (partitions.size() == before) {
    return fail(ErrorKind::kNotFound, fmt::format("topic {} has {} partitions, and partition-limitation names none of "
                                                  "them",
                                                  topic, found.partition_cnt));
  }
  return {};
}

Result<KafkaCommitted> KafkaClient::committed(const Partitions* partitions, const Ask& ask) {
  List list;
  if (partitions != nullptr) {
    list.reset(rd_kafka_topic_partition_list_new(static_cast<int>(partitions->size())));
    for (const KafkaPartition& one : *partitions) {
      rd_kafka_topic_partition_list_add(list.get(), one.topic.c_str(), one.id);
    }
  }
  const AdminOptions options(rd_kafka_AdminOptions_new(handle_.get(), RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS));
  rd_kafka_AdminOptions_set_request_timeout(options.get(), kNever, nullptr, 0);
  const Queue queue(rd_kafka_queue_new(handle_.get()));
  const GroupRequest request(rd_kafka_ListConsumerGroupOffsets_new(ask.request->group.c_str(), list.get()));
  rd_kafka_ListConsumerGroupOffsets_t* requests[] = {request.get()};
  rd_kafka_ListConsumerGroupOffsets(handle_.get(), requests, 1, options.get(), queue.get());
  for (;;) {
    const Event event(rd_kafka_queue_poll(queue.get(), std::min(kPollMs, left_ms(ask.end))));
    serve_events(0);
    if (event != nullptr) {
      Result<KafkaCommitted> offsets = read_committed(event.get());
      const bool is_late = !offsets && offsets.error().kind == ErrorKind::kTimeout;
      return is_late ? std::unexpected(unanswered(RD_KAFKA_RESP_ERR__TIMED_OUT)) : std::move(offsets);
    }
    if (refused_ || ask.stop->stop_requested() || left_ms(ask.end) <= 1) {
      return std::unexpected(unanswered(RD_KAFKA_RESP_ERR__TIMED_OUT));
    }
  }
}

// One request to each broker that leads any of the partitions.
Result<void> KafkaClient::find_offsets(const std::vector<KafkaPartition*>& partitions, std::int64_t which,
                                       std::int64_t KafkaPartition::* place_of, const Ask& ask) {
  if (partitions.empty()) return {};
  const List list(rd_kafka_topic_partition_list_new(static_cast<int>(partitions.size())));
  for (const KafkaPartition* one : partitions) {
    rd_kafka_topic_partition_list_add(list.get(), one->topic.c_str(), one->id);
  }
  const rd_kafka_resp_err_t code = patiently(
      [&](int timeout_ms) {
        for (int i = 0; i < list->cnt; ++i) list->elems[i].offset = which;
        return rd_kafka_offsets_for_times(handle_.get(), list.get(), timeout_ms);
      },
      ask);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return std::unexpected(unanswered(code));
  KafkaCommitted offsets;
  for (int i = 0; i < list->cnt; ++i) {
    const rd_kafka_topic_partition_t& one = list->elems[i];
    if (one.err != RD_KAFKA_RESP_ERR_NO_ERROR) return failure_at(one.err, one.topic, one.partition);
    offsets.insert_or_assign({one.topic, one.partition}, one.offset);
  }
  for (KafkaPartition* one : partitions) {
    one->*place_of = offsets[{one->topic, one->id}];
    // What no broker answered stays what it was asked for.
    if (one->*place_of < 0) return failure_at(RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE, one->topic, one->id);
  }
  return {};
}

}  // namespace fas::metrics
