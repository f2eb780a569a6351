// The documented limits of the Machines API: per action, and per machine or app, 1 request a second with a burst of 3;
// `get` 5 a second with a burst of 10. https://fly.io/docs/machines/api/working-with-machines-api/#rate-limits
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/duration.h"

namespace fas::sim {

class RateLimits {
 public:
  explicit RateLimits(bool enabled = true) : enabled_(enabled) {}
  void enable(bool on) { enabled_ = on; }
  bool enabled() const { return enabled_; }

  // Takes a token for `action` on `subject` ("app" or "app/machine"). A refusal says after how long there is one.
  std::optional<Duration> take(std::string_view action, std::string_view subject, Duration now);

 private:
  struct Bucket {
    double tokens;
    Duration at;
  };
  void forget_full_buckets(Duration now);

  bool enabled_;
  std::unordered_map<std::string, Bucket> buckets_;
  std::size_t next_cleanup_ = 4096;
};

}  // namespace fas::sim
