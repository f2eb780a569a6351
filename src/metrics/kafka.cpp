#include "metrics/kafka.h"

#include <fmt/format.h>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "metrics/expand.h"
#include "metrics/http_call.h"
#include "metrics/kafka_client.h"
#include "metrics/kafka_lag.h"
#include "metrics/kafka_options.h"
#include "metrics/reading.h"
#include "net/offload.h"
#include "net/turns.h"

namespace fas::metrics {
namespace {

namespace asio = boost::asio;

class KafkaSource final : public Source {
 public:
  KafkaSource(const SourceContext& context, const Settings& settings, KafkaOptions options,
              std::vector<KafkaRange> only)
      : clock_(context.clock),
        options_(common_options(settings)),
        rules_(read_lag_rules(settings)),
        group_(settings.text("consumer-group")),
        topic_(settings.text("topic")),
        only_(std::move(only)),
        has_topic_(settings.has("topic")),
        server_("kafka at " + one_line(options.bootstrap_servers, 200)),
        secrets_({options.password}),
        turns_(context.loop, context.clock),
        offload_(context.loop, context.clock),
        client_(std::make_shared<KafkaClient>(std::move(options))) {}

  asio::awaitable<Result<Sample>> collect(Query query, Deadline deadline) override {
    KafkaRequest request{
        .group = group_.expand(query.app), .topic = topic_.expand(query.app), .only = only_, .rules = rules_};
    if (request.group.empty()) co_return failed(ErrorKind::kInvalid, "consumer-group is empty for this app");
    if (has_topic_ && request.topic.empty()) co_return failed(ErrorKind::kInvalid, "topic is empty for this app");
    const TimePoint arrival = clock_.now();
    const std::optional<net::Turns::Turn> turn = co_await turns_.take(deadline);
    if (!turn) co_return failed(ErrorKind::kTimeout, "the deadline passed while other questions used the client");
    if (failure_ && failed_at_ > arrival) co_return failed(failure_->kind, failure_->message);
    std::string group = request.group;
    // The client gives up first: it can say what it waited for.
    const auto limit = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - clock_.now()) * 9 / 10;
    using Partitions = std::vector<KafkaPartition>;
    std::function<Result<Partitions>(std::stop_token)> job = [client = client_, request = std::move(request),
                                                              limit](const std::stop_token& stop) {
      return client->ask(request, limit, stop);
    };
    const Result<Partitions> partitions = co_await offload_.run(std::move(job), deadline);
    failure_.reset();
    if (partitions) co_return read(*partitions, query.app, group);
    if (partitions.error().kind == ErrorKind::kUnavailable) {
      failure_ = partitions.error();
      failed_at_ = clock_.now();
    }
    co_return failed(partitions.error().kind, partitions.error().message);
  }

 private:
  Result<Sample> read(const std::vector<KafkaPartition>& partitions, const std::string& app, const std::string& group) {
    const auto previous = previous_.find(app);
    Reading reading = kafka_lag(partitions, rules_, previous == previous_.end() ? KafkaCommitted{} : previous->second,
                                options_.series);
    if (rules_.exclude_persistent) previous_[app] = committed_offsets(partitions);
    for (std::string& warning : reading.warnings) warning = fmt::format("group {}: {}", group, warning);
    return to_sample(std::move(reading), options_, clock_.wall_now(), server_ + ": there is no partition");
  }

  std::unexpected<Error> failed(ErrorKind kind, const std::string& message) const {
    return fail(kind, fmt::format("{}: {}", server_, scrub(message, secrets_)));
  }

  Clock& clock_;
  CommonOptions options_;
  KafkaLagRules rules_;
  Template group_;
  Template topic_;
  std::vector<KafkaRange> only_;
  bool has_topic_;
  std::string server_;  // for messages
  std::vector<std::string> secrets_;
  net::Turns turns_;
  net::Offload offload_;
  std::shared_ptr<KafkaClient> client_;             // its jobs share it
  std::map<std::string, KafkaCommitted> previous_;  // by app
  // Who waited while no broker could be reached takes this for an answer, rather than all trying one by one.
  std::optional<Error> failure_;
  TimePoint failed_at_;
};

Result<void> validate_kafka(const Settings& settings) {
  const auto invalid = [](std::string message) { return fail(ErrorKind::kInvalid, std::move(message)); };
  if (const Result<KafkaOptions> options = read_kafka_options(settings); !options) {
    return std::unexpected(options.error());
  }
  const std::string partitions = settings.text("partition-limitation");
  if (const auto only = parse_partitions(partitions); !only) return std::unexpected(only.error());
  if (!partitions.empty() && settings.text("topic").empty()) return invalid("kafka partition-limitation needs a topic");
  if (settings.integer("lag-threshold", 1) < 1) return invalid("kafka lag-threshold must be at least 1");
  if (settings.has("lag-threshold") && !settings.flag("limit-to-partitions-with-lag")) {
    return invalid("kafka lag-threshold is for limit-to-partitions-with-lag; set that, too, or leave it out");
  }
  if (settings.flag("limit-to-partitions-with-lag") && settings.flag("series")) {
    return invalid("kafka limit-to-partitions-with-lag is a limit of the sum; with series there is none");
  }
  if (settings.has("max-age")) return invalid("kafka does not say when a value was measured; leave out max-age");
  return {};
}

Result<std::unique_ptr<Source>> make_kafka(const SourceContext& context, const Settings& settings) {
  Result<KafkaOptions> options = read_kafka_options(settings);
  if (!options) return std::unexpected(std::move(options.error()));
  Result<std::vector<KafkaRange>> only = parse_partitions(settings.text("partition-limitation"));
  if (!only) return std::unexpected(std::move(only.error()));
  return std::make_unique<KafkaSource>(context, settings, std::move(*options), std::move(*only));
}

Field sasl_field() {
  return {
      .key = "sasl",
      .kind = FieldKind::kObject,
      .doc = "How to log in; default: not at all.",
      .fields = {
          {.key = "mechanism",
           .doc = "The brokers' mechanism; required.",
           .choices = {"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"}},
          {.key = "username", .doc = "User name; required but for OAUTHBEARER."},
          {.key = "password", .kind = FieldKind::kSecret, .doc = "Password, with OAUTHBEARER the token; required."}}};
}

}  // namespace

SourceKind kafka_kind() {
  return {
      .type = "kafka",
      .doc = "How many messages of Kafka a consumer group has not yet committed.",
      .fields = {{.key = "bootstrap-servers",
                  .required = true,
                  .env = "KAFKA_BOOTSTRAP_SERVERS",
                  .doc = "HOST:PORT of one or several brokers, with commas between them."},
                 {.key = "consumer-group",
                  .required = true,
                  .expands_app_name = true,
                  .env = "KAFKA_CONSUMER_GROUP",
                  .doc = "The consumer group whose lag counts."},
                 {.key = "topic",
                  .expands_app_name = true,
                  .env = "KAFKA_TOPIC",
                  .doc = "The topic; default: every topic on which the group has committed an offset."},
                 {.key = "partition-limitation",
                  .env = "KAFKA_PARTITION_LIMITATION",
                  .doc = "Only these partitions of the topic, as in 0-3,7; default: all."},
                 {.key = "offset-reset-policy",
                  .env = "KAFKA_OFFSET_RESET_POLICY",
                  .doc = "What a partition counts on which nothing is committed: 1 (latest, the default), or all its "
                         "messages (earliest).",
                  .choices = {"latest", "earliest"}},
                 {.key = "scale-to-zero-on-invalid-offset",
                  .kind = FieldKind::kBool,
                  .env = "KAFKA_SCALE_TO_ZERO_ON_INVALID_OFFSET",
                  .doc = "Whether a partition on which nothing is committed counts 0 instead; default false."},
                 {.key = "exclude-persistent-lag",
                  .kind = FieldKind::kBool,
                  .env = "KAFKA_EXCLUDE_PERSISTENT_LAG",
                  .doc = "Whether a partition counts 0 whose committed offset did not move since the last poll; "
                         "default false."},
                 {.key = "limit-to-partitions-with-lag",
                  .kind = FieldKind::kBool,
                  .env = "KAFKA_LIMIT_TO_PARTITIONS_WITH_LAG",
                  .doc = "Whether the sum is at most lag-threshold times the partitions that have any lag; default "
                         "false."},
                 {.key = "lag-threshold",
                  .kind = FieldKind::kInteger,
                  .env = "KAFKA_LAG_THRESHOLD",
                  .doc = "For limit-to-partitions-with-lag: the lag that one machine is for; default 10."},
                 sasl_field()},
      .validate = validate_kafka,
      .make = make_kafka,
  };
}

}  // namespace fas::metrics
