// What a history of another version, or a damaged one, may hand to the next decision.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "scale/memory_json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fas::WallTime now{std::chrono::hours(24 * 365 * 50)};
  const fas::scale::Memory memory = fas::scale::parse_memory({reinterpret_cast<const char*>(data), size}, now);
  // What was read is what would be written and read again.
  if (fas::scale::parse_memory(fas::scale::memory_text(memory), now) != memory) __builtin_trap();
  return 0;
}
