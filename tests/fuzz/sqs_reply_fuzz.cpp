// Whatever an SQS, or what stands in front of it, answers: no crash, a bounded message.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "metrics/sqs_reply.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  const auto counts = fas::metrics::read_sqs_counts(body);
  if (!counts && counts.error().message.size() > 1000) std::abort();
  const auto error = fas::metrics::read_sqs_error(body);
  if (error.type.size() + error.message.size() > 4 * size) std::abort();
  return 0;
}
