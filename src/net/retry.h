// Whether a failed call may be repeated, and after how long. Pure: who uses it sleeps and calls by himself.
#pragma once

#include <chrono>
#include <functional>
#include <optional>

#include "base/clock.h"
#include "base/error.h"

namespace fas::net {

// A number in [0, 1) each time; the real one is random, a test's is not.
using Jitter = std::function<double()>;
Jitter random_jitter();

struct RetryPolicy {
  int attempts = 4;  // the first one included
  std::chrono::nanoseconds base = std::chrono::milliseconds(200);
  std::chrono::nanoseconds cap = std::chrono::seconds(5);
};

// A read has no effect, so it may be repeated after any passing failure. A change may be repeated only when the failed
// one surely had no effect: kUnavailable and kRateLimited.
enum class Effect { kRead, kChange };

// Of one call. The delay before attempt n+1 is uniform in [0, base * 2^n], at most the cap ("full jitter": callers who
// failed together do not come back together); after 429 it begins with the Retry-After.
class Retry {
 public:
  Retry(const RetryPolicy& policy, Effect effect, const Jitter& jitter)
      : policy_(policy), effect_(effect), jitter_(jitter) {}

  // nullopt: give up and return `error`, because it would not help, the attempts are used up, or the deadline would
  // pass first.
  std::optional<std::chrono::nanoseconds> next(const Error& error, TimePoint now, Deadline deadline);

 private:
  bool helps(ErrorKind kind) const;

  RetryPolicy policy_;
  Effect effect_;
  const Jitter& jitter_;
  int failures_ = 0;
};

// The value of a Retry-After header: seconds, or an HTTP date seen from `now`. nullopt for anything else; at most a
// day.
std::optional<std::chrono::milliseconds> parse_retry_after(std::string_view text, WallTime now);

}  // namespace fas::net
