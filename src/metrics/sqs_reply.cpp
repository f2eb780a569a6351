#include "metrics/sqs_reply.h"

#include <fmt/format.h>

#include <cmath>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/number_text.h"
#include "metrics/http_call.h"

namespace fas::metrics {
namespace {

using nlohmann::json;

const json* member(const json& object, const char* name) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(name);
  return found == object.end() ? nullptr : &*found;
}

std::string text_of(const json& object, const char* name) {
  const json* value = member(object, name);
  return value != nullptr && value->is_string() ? value->get<std::string>() : std::string();
}

// The API's own counts are texts; some compatible servers write numbers.
std::optional<double> count_of(const json& attributes, const char* name) {
  const json* value = member(attributes, name);
  if (value == nullptr) return std::nullopt;
  if (value->is_number()) return value->get<double>();
  if (!value->is_string()) return std::nullopt;
  const ParsedNumber<double> number = parse_float(value->get_ref<const std::string&>());
  if (!number || !std::isfinite(number.value)) return std::nullopt;
  return number.value;
}

bool is_one_of(std::string_view type, std::initializer_list<std::string_view> parts) {
  for (const std::string_view part : parts) {
    if (type.find(part) != std::string_view::npos) return true;
  }
  return false;
}

}  // namespace

Result<SqsCounts> read_sqs_counts(std::string_view body) {
  const json reply = json::parse(body, nullptr, false);
  const json* attributes = member(reply, "Attributes");
  if (attributes == nullptr) {
    return fail(ErrorKind::kMalformed,
                fmt::format("the reply is not SQS' JSON: {}; check queue-url and endpoint", excerpt(body)));
  }
  const auto visible = count_of(*attributes, "ApproximateNumberOfMessages");
  const auto in_flight = count_of(*attributes, "ApproximateNumberOfMessagesNotVisible");
  const auto delayed = count_of(*attributes, "ApproximateNumberOfMessagesDelayed");
  if (!visible || !in_flight || !delayed) {
    return fail(ErrorKind::kMalformed, fmt::format("the reply lacks a count: {}", excerpt(body)));
  }
  return SqsCounts{.visible = *visible, .in_flight = *in_flight, .delayed = *delayed};
}

SqsError read_sqs_error(std::string_view body) {
  const json reply = json::parse(body, nullptr, false);
  SqsError error{.type = text_of(reply, "__type"), .message = text_of(reply, "message")};
  if (error.message.empty()) error.message = text_of(reply, "Message");
  error.type.erase(0, error.type.find('#') + 1);  // "com.amazonaws.sqs#QueueDoesNotExist"; npos + 1 is 0
  return error;
}

ErrorKind sqs_error_kind(std::string_view type, int status) {
  if (is_one_of(type, {"QueueDoesNotExist", "NonExistentQueue"})) return ErrorKind::kNotFound;
  if (is_one_of(type, {"Throttl", "OverLimit"})) return ErrorKind::kRateLimited;
  if (is_one_of(type, {"AccessDenied", "Signature", "UnrecognizedClient", "InvalidClientTokenId", "ExpiredToken",
                       "InvalidSecurity", "MissingAuthenticationToken", "InvalidAccessKeyId"}) ||
      status == 401 || status == 403) {
    return ErrorKind::kUnauthorized;
  }
  if (status == 404) return ErrorKind::kNotFound;
  if (status == 429) return ErrorKind::kRateLimited;
  return status >= 500 ? ErrorKind::kUnavailable : ErrorKind::kInvalid;
}

}  // namespace fas::metrics
