// Texts that end up in messages and headers: URLs, time stamps, tokens.
#include "net/url.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "fly/rfc3339.h"
#include "fly/token.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace fly = fas::fly;
  namespace net = fas::net;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const std::string shown = net::printable_url(text);
  if (shown != "(not a URL)" && shown.find_first_of("?# ") != std::string::npos) std::abort();
  for (const char c : shown) {
    if (c < ' ' || c > '~') std::abort();
  }
  for (const char c : net::percent_encode(text)) {
    if (c <= ' ' || c > '~' || c == '/') std::abort();
  }
  static_cast<void>(net::is_loopback(text));
  static_cast<void>(fly::parse_rfc3339(text));
  static_cast<void>(fly::machines_authorization(text));
  static_cast<void>(fly::graphql_authorization(text));
  return 0;
}
