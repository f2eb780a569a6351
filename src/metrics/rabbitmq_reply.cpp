#include "metrics/rabbitmq_reply.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "metrics/http_call.h"

namespace fas::metrics {
namespace {

using nlohmann::json;

struct Place {
  std::string_view group;  // empty: the queue's own
  std::string_view field;
};

Place place_of(RabbitValue value) {
  switch (value) {
    case RabbitValue::kMessages: return {"", "messages"};
    case RabbitValue::kReady: return {"", "messages_ready"};
    case RabbitValue::kUnacked: return {"", "messages_unacknowledged"};
    case RabbitValue::kPublishRate: return {"publish_details", "rate"};
    case RabbitValue::kDeliverRate: return {"deliver_get_details", "rate"};
  }
  return {};
}

// Null when `object` is no object or has no such member.
const json* member(const json* object, std::string_view name) {
  if (object == nullptr || !object->is_object()) return nullptr;
  const auto found = object->find(name);
  return found == object->end() ? nullptr : &*found;
}

std::string text_of(const json* value) {
  return value != nullptr && value->is_string() ? value->get<std::string>() : std::string();
}

std::optional<double> number_of(const json* value) {
  if (value == nullptr || !value->is_number()) return std::nullopt;
  return value->get<double>();
}

std::optional<RabbitQueue> read_queue(const json& queue, RabbitValue value) {
  const json* name = member(&queue, "name");
  if (name == nullptr || !name->is_string()) return std::nullopt;
  RabbitQueue read{.name = text_of(name), .vhost = text_of(member(&queue, "vhost")), .value = std::nullopt};
  const Place place = place_of(value);
  if (place.group.empty()) {
    read.value = number_of(member(&queue, place.field));
  } else {
    read.value = number_of(member(member(member(&queue, "message_stats"), place.group), place.field));
    // A queue that is down has no statistics, but then it has no count either.
    if (!read.value && number_of(member(&queue, "messages"))) read.value = 0;
  }
  return read;
}

std::unexpected<Error> malformed(std::string_view body) {
  return fail(ErrorKind::kMalformed,
              fmt::format("the reply is not the management API's: {}; check host", excerpt(body)));
}

}  // namespace

RabbitValue parse_rabbit_value(std::string_view text) {
  if (text == "ready") return RabbitValue::kReady;
  if (text == "unacked") return RabbitValue::kUnacked;
  if (text == "publish-rate") return RabbitValue::kPublishRate;
  return text == "deliver-rate" ? RabbitValue::kDeliverRate : RabbitValue::kMessages;
}

Result<RabbitPage> read_rabbit_queues(std::string_view body, RabbitValue value) {
  const json reply = json::parse(body, nullptr, false);
  RabbitPage page;
  const json* items = member(&reply, "items");
  if (items == nullptr) {
    std::optional<RabbitQueue> queue = read_queue(reply, value);
    if (!queue) return malformed(body);
    page.queues.push_back(std::move(*queue));
    return page;
  }
  const json* count = member(&reply, "page_count");
  if (!items->is_array() || count == nullptr || !count->is_number_integer()) return malformed(body);
  page.page_count = count->get<std::int64_t>();
  for (const json& item : *items) {
    std::optional<RabbitQueue> queue = read_queue(item, value);
    if (!queue) return malformed(body);
    page.queues.push_back(std::move(*queue));
  }
  return page;
}

std::string rabbit_error_text(std::string_view body) {
  const json reply = json::parse(body, nullptr, false);
  const std::string error = text_of(member(&reply, "error"));
  const std::string reason = text_of(member(&reply, "reason"));
  if (error.empty() || reason.empty()) return error + reason;
  return fmt::format("{}: {}", error, reason);
}

}  // namespace fas::metrics
