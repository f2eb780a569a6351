// The Machines API's replies: any bytes give machines or an error, and what was read can be cloned or is refused.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "fly/machine.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  static_cast<void>(fas::fly::parse_machine(text));
  const auto list = fas::fly::parse_machine_list(text);
  if (!list) return 0;
  for (const fas::fly::Machine& machine : list->machines) {
    if (machine.id.empty()) std::abort();
    static_cast<void>(fas::fly::clone_request(machine, {.name = "n", .region = "fra"}));
  }
  return 0;
}
