#include "sim/rate_limits.h"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace fas::sim {
namespace {

// From empty to full takes so long at most; a bucket older than that is as good as new.
constexpr Duration kRefill = std::chrono::seconds(3);

}  // namespace

std::optional<Duration> RateLimits::take(std::string_view action, std::string_view subject, Duration now) {
  if (!enabled_) return std::nullopt;
  const double rate = action == "get" ? 5 : 1;
  const double burst = action == "get" ? 10 : 3;
  std::string key(action);
  key += ' ';
  key += subject;
  if (buckets_.size() >= next_cleanup_) forget_full_buckets(now);
  Bucket& bucket = buckets_.try_emplace(std::move(key), Bucket{.tokens = burst, .at = now}).first->second;
  const double elapsed = std::chrono::duration<double>(now - bucket.at).count();
  bucket.tokens = std::min(burst, bucket.tokens + elapsed * rate);
  bucket.at = now;
  if (bucket.tokens >= 1) {
    bucket.tokens -= 1;
    return std::nullopt;
  }
  return Duration(static_cast<Duration::rep>(std::ceil((1 - bucket.tokens) / rate * 1e9)));
}

void RateLimits::forget_full_buckets(Duration now) {
  std::erase_if(buckets_, [now](const auto& entry) { return now - entry.second.at >= kRefill; });
  next_cleanup_ = std::max<std::size_t>(4096, buckets_.size() * 2);
}

}  // namespace fas::sim
