#include "net/rate_limiter.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace fas::net {

using std::chrono::nanoseconds;

// A caller's place in a bucket's queue, given up however its coroutine ends.
class RateLimiter::Place {
 public:
  Place(Bucket& bucket, std::uint64_t ticket) : bucket_(bucket), ticket_(ticket) { bucket_.queue.push_back(ticket); }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  ~Place() { bucket_.queue.erase(find()); }

  // When there are tokens for those before and for this one. Later than computed before if the bucket was penalized.
  TimePoint turn() const {
    const auto before = find() - bucket_.queue.begin();
    return bucket_.origin + (before + 1) * bucket_.interval;
  }

 private:
  std::vector<std::uint64_t>::iterator find() const { return std::ranges::lower_bound(bucket_.queue, ticket_); }

  Bucket& bucket_;
  std::uint64_t ticket_;
};

boost::asio::awaitable<Result<void>> RateLimiter::acquire(std::string key, RateLimit limit, Deadline deadline) {
  Bucket& mine = bucket(key, limit);
  const Place place(mine, next_ticket_++);
  for (;;) {
    const TimePoint turn = place.turn();
    if (turn <= clock_.now()) {
      mine.origin += mine.interval;
      co_return Result<void>{};
    }
    if (turn > deadline) {
      const double seconds = std::chrono::duration<double>(turn - clock_.now()).count();
      co_return fail(ErrorKind::kTimeout,
                     fmt::format("the API's rate limit allows this in {:.1f} s, which is after the deadline", seconds));
    }
    co_await clock_.sleep_until(turn);
  }
}

void RateLimiter::penalize(const std::string& key, RateLimit limit, nanoseconds delay) {
  Bucket& mine = bucket(key, limit);
  mine.origin = std::max(mine.origin, clock_.now() + delay - mine.interval);
}

RateLimiter::Bucket& RateLimiter::bucket(const std::string& key, RateLimit limit) {
  if (buckets_.size() >= sweep_at_) drop_full_buckets();
  Bucket& mine = buckets_[key];
  mine.interval = proactive_ ? nanoseconds(std::llround(1e9 / limit.per_second)) : nanoseconds{0};
  mine.depth = limit.burst * mine.interval;
  mine.origin = std::max(mine.origin, clock_.now() - mine.depth);
  return mine;
}

// A new bucket is a full one, so nothing is lost with these.
void RateLimiter::drop_full_buckets() {
  const TimePoint now = clock_.now();
  std::erase_if(buckets_, [&](const auto& entry) {
    const Bucket& bucket = entry.second;
    return bucket.queue.empty() && bucket.origin + bucket.depth <= now;
  });
  sweep_at_ = std::max<std::size_t>(1024, 2 * buckets_.size());
}

}  // namespace fas::net
