#include "net/rate_limiter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/virtual_clock.h"

namespace fas::net {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using testing::ElementsAre;

class RateLimiterTest : public testing::Test {
 protected:
  struct Turn {
    int caller;
    long at_ms;  // since the test's begin; -1: refused
    bool operator==(const Turn&) const = default;
  };

  boost::asio::awaitable<void> call(int caller, std::string key, RateLimit limit, std::chrono::nanoseconds within) {
    const Deadline deadline = clock_.now() + within;
    Result<void> turn = co_await limiter_.acquire(std::move(key), limit, deadline);
    turns_.push_back({caller, turn ? since_begin() : -1});
    if (!turn) {
      EXPECT_EQ(turn.error().kind, ErrorKind::kTimeout);
    }
  }
  void spawn(int caller, std::string key, RateLimit limit = {1, 3}, std::chrono::nanoseconds within = 1h) {
    boost::asio::co_spawn(loop_, call(caller, std::move(key), limit, within), boost::asio::detached);
  }
  void run() {
    clock_.run_until([] { return false; });
  }
  long since_begin() const { return std::chrono::duration_cast<milliseconds>(clock_.now() - begin_).count(); }

  boost::asio::io_context loop_;
  test::VirtualClock clock_{loop_};
  RateLimiter limiter_{clock_};
  TimePoint begin_ = clock_.now();
  std::vector<Turn> turns_;
};

TEST_F(RateLimiterTest, ABurstThenTheRateFirstComeFirstServed) {
  for (int i = 0; i < 6; ++i) spawn(i, "a");
  run();
  EXPECT_THAT(turns_, ElementsAre(Turn{0, 0}, Turn{1, 0}, Turn{2, 0}, Turn{3, 1000}, Turn{4, 2000}, Turn{5, 3000}));
}

TEST_F(RateLimiterTest, KeysDoNotHinderEachOther) {
  for (int i = 0; i < 4; ++i) spawn(i, "key " + std::to_string(i), {1, 1});
  run();
  EXPECT_THAT(turns_, ElementsAre(Turn{0, 0}, Turn{1, 0}, Turn{2, 0}, Turn{3, 0}));
}

TEST_F(RateLimiterTest, ATurnAfterTheDeadlineIsRefusedAtOnceAndNotUsedUp) {
  spawn(0, "a", {1, 1});
  spawn(1, "a", {1, 1}, 500ms);
  spawn(2, "a", {1, 1}, 1s);
  run();
  EXPECT_THAT(turns_, ElementsAre(Turn{0, 0}, Turn{1, -1}, Turn{2, 1000}));
}

TEST_F(RateLimiterTest, TimeRefillsUpToTheBurst) {
  for (int i = 0; i < 3; ++i) spawn(i, "a");
  run();
  turns_.clear();
  clock_.run_for(10s);
  for (int i = 0; i < 4; ++i) spawn(i, "a");
  run();
  EXPECT_THAT(turns_, ElementsAre(Turn{0, 10'000}, Turn{1, 10'000}, Turn{2, 10'000}, Turn{3, 11'000}));
}

TEST_F(RateLimiterTest, APenaltyHoldsAlsoThoseWhoWaitAlready) {
  spawn(0, "a", {1, 1});
  spawn(1, "a", {1, 1});
  spawn(2, "a", {1, 1}, 3s);
  clock_.run_for(500ms);
  limiter_.penalize("a", {1, 1}, 5s);
  run();
  EXPECT_THAT(turns_, ElementsAre(Turn{0, 0}, Turn{2, -1}, Turn{1, 5500}));
}

TEST_F(RateLimiterTest, AfterAPenaltyOneByOne) {
  limiter_.penalize("a", {1, 3}, 2s);
  for (int i = 0; i < 3; ++i) spawn(i, "a");
  run();
  EXPECT_THAT(turns_, ElementsAre(Turn{0, 2000}, Turn{1, 3000}, Turn{2, 4000}));
}

TEST_F(RateLimiterTest, ACancelledCallerGivesItsTurnToTheNext) {
  boost::asio::cancellation_signal signal;
  std::exception_ptr failure;
  spawn(0, "a", {1, 1});
  boost::asio::co_spawn(loop_, call(1, "a", {1, 1}, 1h),
                        boost::asio::bind_cancellation_slot(
                            signal.slot(), [&](std::exception_ptr error) { failure = std::move(error); }));
  spawn(2, "a", {1, 1});
  clock_.run_for(100ms);
  signal.emit(boost::asio::cancellation_type::terminal);
  run();
  EXPECT_TRUE(failure);
  ASSERT_EQ(turns_.size(), 2U);
  EXPECT_EQ(turns_[1].caller, 2);
  EXPECT_LE(turns_[1].at_ms, 2000);
}

TEST_F(RateLimiterTest, MemoryIsBoundedByTheKeysInUse) {
  for (int i = 0; i < 10'000; ++i) {
    spawn(i, std::to_string(i));
    if (i % 100 == 0) clock_.run_for(1s);
  }
  run();
  EXPECT_LT(limiter_.size(), 1500U);
}

TEST_F(RateLimiterTest, AnOddRateEndsToo) {
  for (int i = 0; i < 10; ++i) spawn(i, "a", {3.7, 2});
  run();
  EXPECT_EQ(turns_.size(), 10U);
}

}  // namespace
}  // namespace fas::net
