// Whatever a RabbitMQ, or what stands in front of it, answers: no crash, a bounded message.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "metrics/rabbitmq_reply.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  for (const auto value : {fas::metrics::RabbitValue::kReady, fas::metrics::RabbitValue::kPublishRate}) {
    const auto page = fas::metrics::read_rabbit_queues(body, value);
    if (!page && page.error().message.size() > 1000) std::abort();
  }
  if (fas::metrics::rabbit_error_text(body).size() > 4 * size) std::abort();
  return 0;
}
