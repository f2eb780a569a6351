#include "net/retry.h"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace fas::net {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

Error error_of(ErrorKind kind) { return fail(kind, "x").error(); }

TEST(Retry, OnlyWhatIsSafe) {
  struct Case {
    ErrorKind kind;
    bool read;
    bool change;
  };
  const std::vector<Case> cases = {
      {ErrorKind::kInvalid, false, false},       {ErrorKind::kNotFound, false, false},
      {ErrorKind::kConflict, false, false},      {ErrorKind::kPrecondition, false, false},
      {ErrorKind::kRateLimited, true, true},     {ErrorKind::kCapacity, false, false},
      {ErrorKind::kUnauthorized, false, false},  {ErrorKind::kUnavailable, true, true},
      {ErrorKind::kUnknownOutcome, true, false}, {ErrorKind::kTimeout, false, false},
      {ErrorKind::kCancelled, false, false},     {ErrorKind::kMalformed, false, false},
      {ErrorKind::kInternal, false, false},
  };
  const Jitter jitter = [] { return 0.5; };
  for (const Case& c : cases) {
    Retry read({}, Effect::kRead, jitter);
    Retry change({}, Effect::kChange, jitter);
    EXPECT_EQ(read.next(error_of(c.kind), TimePoint{}, TimePoint{1h}).has_value(), c.read) << to_string(c.kind);
    EXPECT_EQ(change.next(error_of(c.kind), TimePoint{}, TimePoint{1h}).has_value(), c.change) << to_string(c.kind);
  }
}

TEST(Retry, BacksOffWithFullJitterUpToTheCap) {
  const RetryPolicy policy{.attempts = 5, .base = 100ms, .cap = 500ms};
  for (const double share : {0.0, 0.25, 0.75}) {
    const Jitter jitter = [share] { return share; };
    Retry retry(policy, Effect::kRead, jitter);
    for (const milliseconds bound : {100ms, 200ms, 400ms, 500ms}) {
      const auto delay = retry.next(error_of(ErrorKind::kUnavailable), TimePoint{}, TimePoint{1h});
      ASSERT_TRUE(delay);
      EXPECT_EQ(*delay, std::chrono::nanoseconds(bound) * static_cast<int>(share * 4) / 4);
    }
    EXPECT_FALSE(retry.next(error_of(ErrorKind::kUnavailable), TimePoint{}, TimePoint{1h})) << "a sixth attempt";
  }
}

TEST(Retry, WaitsForRetryAfterWithinTheDeadline) {
  const Jitter jitter = [] { return 0.0; };
  Error error = error_of(ErrorKind::kRateLimited);
  error.retry_after = 3s;
  Retry retry({}, Effect::kChange, jitter);
  EXPECT_EQ(retry.next(error, TimePoint{10s}, TimePoint{20s}), std::chrono::nanoseconds(3s));
  EXPECT_FALSE(retry.next(error, TimePoint{10s}, TimePoint{12s}));
}

TEST(Retry, RandomJitterIsAShare) {
  const Jitter jitter = random_jitter();
  double smallest = 1;
  double largest = 0;
  for (int i = 0; i < 1000; ++i) {
    const double share = jitter();
    smallest = std::min(smallest, share);
    largest = std::max(largest, share);
  }
  EXPECT_GE(smallest, 0);
  EXPECT_LT(largest, 1);
  EXPECT_LT(smallest + 0.5, largest);
}

TEST(RetryAfter, SecondsDatesAndGarbage) {
  struct Case {
    std::string text;
    std::optional<milliseconds> delay;
  };
  const std::vector<Case> cases = {
      {"0", 0ms},
      {"7", 7s},
      {" 7 ", 7s},
      {"Thu, 01 Jan 1970 00:01:30 GMT", 30s},
      {"Thu, 01 Jan 1970 00:00:30 GMT", 0ms},
      {"99999999999999999999999", 24h},
      {"100000", 24h},
      {"", std::nullopt},
      {"-1", std::nullopt},
      {"-99999999999999999999999", std::nullopt},
      {"soon", std::nullopt},
      {"7 apples", std::nullopt},
  };
  for (const Case& c : cases) EXPECT_EQ(parse_retry_after(c.text, WallTime{60s}), c.delay) << '"' << c.text << '"';
}

}  // namespace
}  // namespace fas::net
