// Chunks of samples: whatever is read comes back as it is when it is written again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "control/sample_chunk.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto samples = fas::control::decode_samples({reinterpret_cast<const char*>(data), size});
  if (!samples) return 0;
  const auto again = fas::control::decode_samples(fas::control::encode_samples(*samples));
  if (!again || again->ticks != samples->ticks || again->metrics != samples->metrics) std::abort();
  return 0;
}
