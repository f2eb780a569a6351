// A configuration file of any bytes ends in a Config or in an error with a message; half of the runs have variables in
// the environment that the file may name.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "config/config.h"

namespace {

std::optional<std::string> variable(std::string_view name) {
  if (name == "A") return "a: [b, *c]\n";
  if (name == "APP_NAME") return "app";
  if (name == "T") return "fm2_secret";
  return std::nullopt;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const fas::config::Environment with = variable;
  const fas::config::Environment without = [](std::string_view) { return std::nullopt; };
  const bool has_variables = (data[0] & 1U) != 0;
  const auto purpose = (data[0] & 2U) != 0 ? fas::config::Purpose::kServe : fas::config::Purpose::kEvaluate;
  const auto config = fas::config::load_text(text, "fas.yml", has_variables ? with : without, purpose);
  if (!config && config.error().message.empty()) std::abort();
  // The one secret never shows, unless the file itself spells it.
  const bool spelt = text.find("secret") != std::string_view::npos;
  if (!config && !spelt && config.error().message.find("fm2_secret") != std::string::npos) std::abort();
  return 0;
}
