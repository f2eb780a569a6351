// Whatever is written as an address, and whatever a server gives as the reason of a failure: no crash, a bounded
// message, and an address that gRPC takes.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "metrics/temporal_client.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
  const auto address = fas::metrics::parse_temporal_address(text);
  if (!address && address.error().message.size() > 200) std::abort();
  if (address) {
    const auto again = fas::metrics::parse_temporal_address(*address);
    if (!again || *again != *address) std::abort();
  }
  const fas::Error error = fas::metrics::temporal_error(static_cast<signed char>(data[0]), text);
  if (error.message.size() > 600) std::abort();
  return 0;
}
