// Whatever a Prometheus, or what stands in front of it, answers: no crash, no endless loop, a bounded message.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "metrics/prometheus_reply.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static fas::metrics::PrometheusReplyParser parser;  // as in the program: one for many replies
  std::string body(reinterpret_cast<const char*>(data), size);
  if (size % 2 == 0) body.reserve(size + 64);  // both with and without room for the parser's padding
  const auto reading = parser.parse(body, true);
  if (!reading && reading.error().message.size() > 1000) std::abort();
  if (parser.error_text(body).size() > 2 * size) std::abort();
  return 0;
}
