// Whatever a page of metrics or a JSON endpoint answers. The metric's name is x; the first byte chooses the reader.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "metrics/exposition.h"
#include "metrics/json_value.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] == '{') {
    const auto number = fas::metrics::read_json_number(text, {"a", "0", "b"});
    if (!number && number.error().message.size() > 1000) std::abort();
    return 0;
  }
  const fas::metrics::ExpositionQuery query{.metric = "x", .labels = {{"a", "b\"\n"}, {"absent", ""}}};
  const auto reading = fas::metrics::read_exposition(text, query, true);
  if (!reading && reading.error().message.size() > 1000) std::abort();
  return 0;
}
