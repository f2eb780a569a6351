// Whatever is posted as a webhook: no crash, no event without a repository, bounded messages.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "metrics/github_webhook.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto event = fas::metrics::read_github_job_event(text);
  if (event && event->repo.find('/') == std::string::npos) std::abort();
  if (!event && event.error().message.size() > 200) std::abort();
  // Nobody guesses 32 bytes.
  if (fas::metrics::is_github_signature(text, "body", "a secret of more than 16 characters")) std::abort();
  if (fas::metrics::is_github_signature("sha256=" + text, text, "")) std::abort();
  return 0;
}
