// Recordings of any text: read, or refused.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "backtest/csv.h"
#include "backtest/json_lines.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (auto* parse : {fas::backtest::parse_csv, fas::backtest::parse_json_lines}) {
    const auto samples = parse(text, "f");
    if (samples && samples->values.size() != samples->ticks.size() * samples->metrics.size()) __builtin_trap();
  }
  return 0;
}
