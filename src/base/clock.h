// Time as the program sees it. Product code never asks the system for the time and never sleeps on its own: it asks a
// Clock, so that the simulation can run the same code on a virtual one.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>

namespace fas {

using TimePoint = std::chrono::steady_clock::time_point;  // monotonic: deadlines, intervals, rate limits
using WallTime = std::chrono::system_clock::time_point;   // what a calendar and a log show
using Deadline = TimePoint;

class Clock {
 public:
  Clock() = default;
  Clock(const Clock&) = delete;
  Clock& operator=(const Clock&) = delete;
  virtual ~Clock() = default;

  virtual TimePoint now() const = 0;
  virtual WallTime wall_now() const = 0;

  // Returns at `when`, at once if that is past. Cancelling the waiting coroutine ends it early with
  // boost::system::system_error(operation_aborted), as every Asio wait does.
  virtual boost::asio::awaitable<void> sleep_until(TimePoint when) = 0;
};

}  // namespace fas
