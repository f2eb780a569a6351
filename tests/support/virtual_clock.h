// A clock whose time moves only when nothing else can: hours of ticks run in milliseconds, and to the nanosecond the
// same each time.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <functional>
#include <map>

#include "base/clock.h"

namespace fas::test {

class VirtualClock final : public Clock {
 public:
  explicit VirtualClock(boost::asio::io_context& loop) : loop_(loop) {}

  TimePoint now() const override { return now_; }
  WallTime wall_now() const override {
    return WallTime{std::chrono::hours(24 * 365 * 50)} +
           std::chrono::duration_cast<WallTime::duration>(now_ - TimePoint{});
  }

  boost::asio::awaitable<void> sleep_until(TimePoint when) override {
    if (when <= now_) co_return;
    boost::asio::steady_timer timer(loop_, boost::asio::steady_timer::time_point::max());
    const Place place(*this, when, timer);
    co_await timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    if (now_ < when) throw boost::system::system_error(boost::asio::error::operation_aborted);
  }

  // Runs the loop, moving time to the next sleeper whenever the loop has nothing to do, until `done` or until nobody
  // sleeps any more.
  void run_until(const std::function<bool()>& done) {
    for (;;) {
      loop_.restart();
      loop_.poll();
      if (done() || sleepers_.empty()) return;
      now_ = std::max(now_, sleepers_.begin()->first);
      for (auto sleeper = sleepers_.begin(); sleeper != sleepers_.end() && sleeper->first <= now_; ++sleeper) {
        sleeper->second->cancel();
      }
    }
  }
  void run_for(std::chrono::nanoseconds duration) {
    const TimePoint end = now_ + duration;
    run_until([&] { return sleepers_.empty() || sleepers_.begin()->first > end; });
    now_ = end;
  }

 private:
  // A sleeper's place in the order, given up however its coroutine ends.
  class Place {
   public:
    Place(VirtualClock& clock, TimePoint when, boost::asio::steady_timer& timer)
        : clock_(clock), at_(clock.sleepers_.emplace(when, &timer)) {}
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place() { clock_.sleepers_.erase(at_); }

   private:
    VirtualClock& clock_;
    std::multimap<TimePoint, boost::asio::steady_timer*>::iterator at_;
  };

  boost::asio::io_context& loop_;
  TimePoint now_{std::chrono::hours(1)};
  std::multimap<TimePoint, boost::asio::steady_timer*> sleepers_;
};

}  // namespace fas::test
