// Whatever stands in the dsn of a mysql collector: no crash, and no error that shows the password.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/text.h"
#include "metrics/mysql_error.h"
#include "metrics/mysql_options.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const std::string_view prefix : {"", "mysql://", "mysql://user:hunter2hunter2@"}) {
    fas::metrics::Settings settings;
    settings.values.emplace("dsn", std::string(prefix) + std::string(text));
    const auto options = fas::metrics::read_mysql_options(settings);
    const std::string shown = options ? fas::metrics::printable(*options) : options.error().message;
    // A parameter's name is shown, in lower case.
    const bool is_own = fas::to_lower_ascii(text).find("hunter2hunter2") != std::string::npos;
    if (shown.size() > 1000 || (!is_own && shown.find("hunter2hunter2") != std::string::npos)) std::abort();
  }
  const auto error = fas::metrics::mysql_failure(static_cast<unsigned>(size) * 37U, text.substr(0, 5), text);
  if (error.message.size() > 1000) std::abort();
  return 0;
}
