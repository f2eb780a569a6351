// A flag that a coroutine can wait for, on one loop's thread.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace fas::net {

class Event {
 public:
  explicit Event(const boost::asio::any_io_executor& executor)
      : timer_(executor, boost::asio::steady_timer::time_point::max()) {}

  // Wakes who waits; a wait() that begins before the next clear() returns at once.
  void notify() {
    set_ = true;
    timer_.cancel();
  }
  void clear() { set_ = false; }

  // Returns on notify(), and on cancellation.
  boost::asio::awaitable<void> wait() {
    if (!set_) co_await timer_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
  }

 private:
  boost::asio::steady_timer timer_;  // never expires: its cancellation is the signal
  bool set_ = false;
};

}  // namespace fas::net
