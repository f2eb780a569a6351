// The JSON that RabbitMQ's management API answers with about queues.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace fas::metrics {

enum class RabbitValue : std::uint8_t { kMessages, kReady, kUnacked, kPublishRate, kDeliverRate };

// "messages", "ready", "unacked", "publish-rate", "deliver-rate"; anything else is messages.
RabbitValue parse_rabbit_value(std::string_view text);

struct RabbitQueue {
  std::string name;
  std::string vhost;
  // nullopt where the server has not counted yet, or the queue is down. A rate of a queue that nothing has happened to
  // is not in the reply, and 0.
  std::optional<double> value;
};

struct RabbitPage {
  std::vector<RabbitQueue> queues;
  std::int64_t page_count = 1;
};

// The reply about one queue, or a page of /api/queues. Errors: kMalformed for anything else.
Result<RabbitPage> read_rabbit_queues(std::string_view body, RabbitValue value);

// "Object Not Found: Not Found" of an error reply; empty when it is none.
std::string rabbit_error_text(std::string_view body);

}  // namespace fas::metrics
