// The real clock: the system's time, and sleeping on the event loop.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/io_context.hpp>

#include "base/clock.h"

namespace fas::net {

class SystemClock final : public Clock {
 public:
  explicit SystemClock(boost::asio::io_context& loop) : loop_(loop) {}

  TimePoint now() const override { return std::chrono::steady_clock::now(); }
  WallTime wall_now() const override { return std::chrono::system_clock::now(); }
  boost::asio::awaitable<void> sleep_until(TimePoint when) override;

 private:
  boost::asio::io_context& loop_;
};

}  // namespace fas::net
