// A kept client of a Kafka cluster by librdkafka. Its calls block: it runs on a thread of an Offload.
#pragma once

#include <librdkafka/rdkafka.h>

#include <chrono>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "metrics/kafka_lag.h"
#include "metrics/kafka_options.h"
#include "metrics/pem_file.h"

namespace fas::metrics {

struct KafkaRequest {
  std::string group;
  std::string topic;             // empty: every topic on which the group has committed something
  std::vector<KafkaRange> only;  // of the topic's partitions; empty: all
  KafkaLagRules rules;
};

class KafkaClient {
 public:
  explicit KafkaClient(KafkaOptions options) : options_(std::move(options)) {}
  KafkaClient(const KafkaClient&) = delete;
  KafkaClient& operator=(const KafkaClient&) = delete;

  // Committed and end offsets of the partitions, and the begin where the rules need it; at least one partition. Makes
  // librdkafka's client where there is none, and anew, a few times, where brokers answer that they cannot serve now.
  // Errors: kNotFound for a topic that does not exist, and for a group that has committed nothing where no topic is
  // given. Takes `limit` at most; ends a little after `stop` asks for it.
  Result<std::vector<KafkaPartition>> ask(const KafkaRequest& request, std::chrono::milliseconds limit,
                                          const std::stop_token& stop);

 private:
  struct Destroy {
    void operator()(rd_kafka_t* handle) const { rd_kafka_destroy_flags(handle, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE); }
  };
  struct Ask {
    const KafkaRequest* request;
    std::chrono::steady_clock::time_point end;
    const std::stop_token* stop;
  };
  using Partitions = std::vector<KafkaPartition>;
  using Call = std::function<rd_kafka_resp_err_t(int timeout_ms)>;

  Result<void> start(const std::string& group);
  void set_token(rd_kafka_t* handle) const;
  static void on_error(rd_kafka_t* handle, int code, const char* reason, void* self);
  static void on_token(rd_kafka_t* handle, const char* config, void* self);
  void serve_events(int timeout_ms);
  Error unanswered(int code) const;

  Result<Partitions> ask_once(const Ask& ask);
  Result<void> reach(const Ask& ask);
  Result<void> add_partitions(const std::string& topic, const Ask& ask, Partitions& partitions);
  Result<KafkaCommitted> committed(const Partitions* partitions, const Ask& ask);  // null: all that there are
  Result<void> find_offsets(const std::vector<KafkaPartition*>& partitions, std::int64_t which,
                            std::int64_t KafkaPartition::* place, const Ask& ask);
  rd_kafka_resp_err_t patiently(const Call& call, const Ask& ask);

  KafkaOptions options_;
  PemFile ca_, cert_, key_;
  std::unique_ptr<rd_kafka_t, Destroy> handle_;
  bool is_spent_ = false;  // to be made anew before the next question
  // What librdkafka told about its connections; it tells the same thing only once in a while.
  int reason_code_ = 0;
  std::string reason_;
  bool refused_ = false;  // since ask() began: a broker refused the login, or TLS failed
};

}  // namespace fas::metrics
