#include "net/system_clock.h"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace fas::net {

boost::asio::awaitable<void> SystemClock::sleep_until(TimePoint when) {
  boost::asio::steady_timer timer(loop_, when);
  co_await timer.async_wait(boost::asio::use_awaitable);
}

}  // namespace fas::net
