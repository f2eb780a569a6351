#include "net/retry.h"

#include <curl/curl.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <random>
#include <string>

#include "base/text.h"

namespace fas::net {

using std::chrono::nanoseconds;

Jitter random_jitter() {
  return [engine = std::mt19937_64(std::random_device{}())]() mutable {
    return std::uniform_real_distribution<double>(0, 1)(engine);
  };
}

std::optional<nanoseconds> Retry::next(const Error& error, TimePoint now, Deadline deadline) {
  if (!helps(error.kind) || ++failures_ >= policy_.attempts) return std::nullopt;
  const int doublings = std::min(failures_ - 1, 20);
  const nanoseconds bound = std::min(policy_.base * (1L << doublings), policy_.cap);
  auto delay = nanoseconds(static_cast<nanoseconds::rep>(jitter_() * static_cast<double>(bound.count())));
  if (error.retry_after) delay += *error.retry_after;
  if (now + delay >= deadline) return std::nullopt;
  return delay;
}

bool Retry::helps(ErrorKind kind) const {
  switch (kind) {
    case ErrorKind::kUnavailable:
    case ErrorKind::kRateLimited: return true;
    case ErrorKind::kUnknownOutcome: return effect_ == Effect::kRead;
    default: return false;
  }
}

std::optional<std::chrono::milliseconds> parse_retry_after(std::string_view text, WallTime now) {
  using std::chrono::milliseconds;
  constexpr milliseconds kLongest = std::chrono::hours(24);
  text = trim(text);
  if (text.empty()) return std::nullopt;
  long seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error == std::errc::result_out_of_range && text.front() != '-') return kLongest;
  if (error == std::errc() && end == text.data() + text.size()) {
    if (seconds < 0) return std::nullopt;
    return std::min<milliseconds>(std::chrono::seconds(std::min(seconds, 86'400L)), kLongest);
  }
  const std::time_t date = curl_getdate(std::string(text).c_str(), nullptr);
  if (date < 0) return std::nullopt;
  const auto delay = std::chrono::ceil<milliseconds>(std::chrono::system_clock::from_time_t(date) - now);
  return std::clamp(delay, milliseconds::zero(), kLongest);
}

}  // namespace fas::net
