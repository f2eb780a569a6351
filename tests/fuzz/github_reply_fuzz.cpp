// Whatever GitHub, or what stands in front of it, answers: no crash, bounded messages, and no link out of nothing.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "metrics/github_reply.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto page = fas::metrics::read_github_page(text);
  if (!page && page.error().message.size() > 1000) std::abort();
  const auto token = fas::metrics::read_github_token(text);
  if (token && token->token.empty()) std::abort();
  const std::string next = fas::metrics::github_next_link(text);
  if (text.find(next) == std::string::npos) std::abort();
  if (fas::metrics::github_error_text(text).size() > size) std::abort();
  return 0;
}
