// Whatever a NATS, or what stands in front of it, answers: no crash, a bounded message, no value below 0.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "metrics/nats_reply.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string body(reinterpret_cast<const char*>(data), size);
  for (const auto value : {fas::metrics::NatsValue::kLag, fas::metrics::NatsValue::kMessages}) {
    const fas::metrics::NatsQuestion question{.account = "a", .stream = "s", .consumer = "c", .value = value};
    const auto answer = fas::metrics::read_nats_jsz(body, question);
    if (!answer && answer.error().message.size() > 1000) std::abort();
    if (answer && answer->value && !(*answer->value >= 0)) std::abort();
  }
  return 0;
}
