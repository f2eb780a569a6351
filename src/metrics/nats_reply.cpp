#include "metrics/nats_reply.h"

#include <fmt/format.h>
#include <simdjson.h>

#include "metrics/dom_fields.h"
#include "metrics/http_call.h"

namespace fas::metrics {
namespace {

namespace dom = simdjson::dom;

// The entry of the list `key` that has this name. A list that is left out is an empty one.
std::optional<dom::object> find_named(dom::object parent, std::string_view key, std::string_view name) {
  dom::array list;
  if (parent[key].get(list) != simdjson::SUCCESS) return std::nullopt;
  for (const dom::element element : list) {
    dom::object entry;
    if (element.get(entry) == simdjson::SUCCESS && text_of(entry, "name") == name) return entry;
  }
  return std::nullopt;
}

std::unexpected<Error> malformed(std::string_view body) {
  return fail(ErrorKind::kMalformed,
              fmt::format("the reply is not that of NATS' monitoring endpoint /jsz: {}; check host", excerpt(body)));
}

// Of a stream or a consumer. A member of a cluster lists the others as replicas, the leader among them unless that is
// itself.
NatsAnswer leadership(dom::object subject, bool& leads) {
  NatsAnswer answer;
  dom::object cluster;
  leads = subject["cluster"].get(cluster) != simdjson::SUCCESS;
  if (leads) return answer;
  answer.leader = std::string(text_of(cluster, "leader"));
  leads = !answer.leader.empty() && !find_named(cluster, "replicas", answer.leader);
  return answer;
}

// Messages that were delivered to a push consumer that nobody listens to any more will be delivered again, and count
// as pending by then.
bool is_without_interest(dom::object consumer) {
  dom::object config;
  if (consumer["config"].get(config) != simdjson::SUCCESS) return false;
  return !text_of(config, "deliver_subject").empty() && !flag_of(consumer, "push_bound");
}

std::optional<double> consumer_value(dom::object consumer, NatsValue value) {
  std::uint64_t pending = 0;
  std::uint64_t ack_pending = 0;
  if (consumer["num_pending"].get(pending) != simdjson::SUCCESS ||
      consumer["num_ack_pending"].get(ack_pending) != simdjson::SUCCESS) {
    return std::nullopt;
  }
  if (value == NatsValue::kPending) return static_cast<double>(pending);
  if (value == NatsValue::kAckPending) return static_cast<double>(ack_pending);
  if (is_without_interest(consumer)) ack_pending = 0;
  return static_cast<double>(pending) + static_cast<double>(ack_pending);
}

std::optional<double> stream_value(dom::object stream) {
  std::uint64_t messages = 0;
  if (stream["state"]["messages"].get(messages) != simdjson::SUCCESS) return std::nullopt;
  return static_cast<double>(messages);
}

std::unexpected<Error> absent(std::string what) { return fail(ErrorKind::kNotFound, std::move(what)); }

Result<dom::object> find_subject(dom::object reply, const NatsQuestion& question) {
  const auto account = find_named(reply, "account_details", question.account);
  if (!account) return absent(fmt::format("no account {} with JetStream", one_line(question.account)));
  const auto stream = find_named(*account, "stream_detail", question.stream);
  if (!stream) {
    return absent(fmt::format("no stream {} in account {}", one_line(question.stream), one_line(question.account)));
  }
  if (question.value == NatsValue::kMessages) return *stream;
  const auto consumer = find_named(*stream, "consumer_detail", question.consumer);
  if (!consumer) {
    return absent(fmt::format("no consumer {} of stream {}", one_line(question.consumer), one_line(question.stream)));
  }
  return *consumer;
}

}  // namespace

NatsValue parse_nats_value(std::string_view text) {
  if (text == "pending") return NatsValue::kPending;
  if (text == "ack-pending") return NatsValue::kAckPending;
  return text == "messages" ? NatsValue::kMessages : NatsValue::kLag;
}

Result<NatsAnswer> read_nats_jsz(std::string_view body, const NatsQuestion& question) {
  dom::parser parser;
  dom::object reply;
  if (parser.parse(body.data(), body.size()).get(reply) != simdjson::SUCCESS || text_of(reply, "server_id").empty()) {
    return malformed(body);
  }
  if (flag_of(reply, "disabled")) {
    return fail(ErrorKind::kInvalid, "this server has no JetStream; start it with -js, or ask one that has");
  }
  const Result<dom::object> subject = find_subject(reply, question);
  if (!subject) return std::unexpected(subject.error());
  bool leads = false;
  NatsAnswer answer = leadership(*subject, leads);
  if (!leads) return answer;
  answer.value =
      question.value == NatsValue::kMessages ? stream_value(*subject) : consumer_value(*subject, question.value);
  if (!answer.value) return malformed(body);
  return answer;
}

}  // namespace fas::metrics
