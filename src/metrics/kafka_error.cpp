#include "metrics/kafka_error.h"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <array>

#include "metrics/http_call.h"

namespace fas::metrics {
namespace {

struct Meaning {
  int code;
  ErrorKind kind;
  std::string_view remedy;
};

constexpr std::string_view kTopic = "; check topic";
constexpr std::string_view kSasl = "; check sasl";
constexpr std::string_view kServers = "; check bootstrap-servers, tls and sasl";

constexpr std::array<Meaning, 21> kMeanings = {{
    {RD_KAFKA_RESP_ERR__AUTHENTICATION, ErrorKind::kUnauthorized, kSasl},
    {RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED, ErrorKind::kUnauthorized, kSasl},
    {RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM, ErrorKind::kUnauthorized, kSasl},
    {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, ErrorKind::kUnauthorized, "; allow the user Describe on the topic"},
    {RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED, ErrorKind::kUnauthorized, "; allow the user Describe on the group"},
    {RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED, ErrorKind::kUnauthorized, ""},
    {RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, ErrorKind::kNotFound, kTopic},
    {RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, ErrorKind::kNotFound, kTopic},
    {RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION, ErrorKind::kNotFound, kTopic},
    {RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND, ErrorKind::kNotFound, "; check consumer-group"},
    {RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION, ErrorKind::kInvalid, kTopic},
    {RD_KAFKA_RESP_ERR_INVALID_GROUP_ID, ErrorKind::kInvalid, "; check consumer-group"},
    {RD_KAFKA_RESP_ERR__INVALID_ARG, ErrorKind::kInvalid, ""},
    {RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION, ErrorKind::kInvalid, "; this version of Kafka is not supported"},
    {RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE, ErrorKind::kInvalid, "; this version of Kafka is not supported"},
    {RD_KAFKA_RESP_ERR__TIMED_OUT, ErrorKind::kTimeout, ""},
    {RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT, ErrorKind::kTimeout, ""},
    {RD_KAFKA_RESP_ERR__SSL, ErrorKind::kUnavailable, "; check tls"},
    {RD_KAFKA_RESP_ERR__RESOLVE, ErrorKind::kUnavailable, "; check bootstrap-servers"},
    {RD_KAFKA_RESP_ERR__TRANSPORT, ErrorKind::kUnavailable, kServers},
    {RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, ErrorKind::kUnavailable, kServers},
}};

}  // namespace

Error kafka_failure(int code, std::string_view text) {
  const auto* known = std::ranges::find(kMeanings, code, &Meaning::code);
  Error error;
  error.kind = known == kMeanings.end() ? ErrorKind::kUnavailable : known->kind;
  error.message = one_line(text.empty() ? rd_kafka_err2str(static_cast<rd_kafka_resp_err_t>(code)) : text);
  if (known != kMeanings.end()) error.message += known->remedy;
  return error;
}

bool is_kafka_refusal(int code) {
  return code == RD_KAFKA_RESP_ERR__AUTHENTICATION || code == RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED ||
         code == RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM || code == RD_KAFKA_RESP_ERR__SSL;
}

}  // namespace fas::metrics
