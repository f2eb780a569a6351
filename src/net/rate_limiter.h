// Keeps calls under a rate by key, so that an API need not refuse them.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/error.h"

namespace fas::net {

// A token bucket's size and speed.
struct RateLimit {
  double per_second = 1;
  int burst = 1;
};

// Token buckets by key. Who comes first is served first. Buckets that are full again are dropped, so memory is bounded
// by the keys in use within the last seconds. On the loop's thread; outlives the calls that wait in it.
class RateLimiter {
 public:
  // Not `proactive`: only what penalize() says is waited for.
  explicit RateLimiter(Clock& clock, bool proactive = true) : clock_(clock), proactive_(proactive) {}
  RateLimiter(const RateLimiter&) = delete;
  RateLimiter& operator=(const RateLimiter&) = delete;

  // Returns once the caller may go. kTimeout, at once, when that would be after `deadline`; the turn is then not used
  // up, nor when the waiting coroutine is cancelled.
  boost::asio::awaitable<Result<void>> acquire(std::string key, RateLimit limit, Deadline deadline);

  // The other side refused a call (429): nobody goes on this key for `delay`, and after it one by one.
  void penalize(const std::string& key, RateLimit limit, std::chrono::nanoseconds delay);

  std::size_t size() const { return buckets_.size(); }

 private:
  // The bucket holds (now - origin) / interval tokens, `burst` at most; taking one moves `origin` on by the interval.
  // All in whole nanoseconds, so a turn computed once is the same when it comes.
  struct Bucket {
    TimePoint origin;
    std::chrono::nanoseconds interval{};
    std::chrono::nanoseconds depth{};  // of a full bucket
    // Tickets of who waits, in order. Nearly always none or one; an empty std::deque holds over half a KiB.
    std::vector<std::uint64_t> queue;
  };
  class Place;

  Bucket& bucket(const std::string& key, RateLimit limit);
  void drop_full_buckets();

  Clock& clock_;
  bool proactive_;
  std::unordered_map<std::string, Bucket> buckets_;  // references to elements stay valid
  std::uint64_t next_ticket_ = 0;
  std::size_t sweep_at_ = 1024;
};

}  // namespace fas::net
