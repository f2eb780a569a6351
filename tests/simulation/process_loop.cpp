#include "tests/simulation/process_loop.h"

#include <boost/system/system_error.hpp>

namespace fas::simulation {

boost::asio::awaitable<void> ProcessClock::sleep_until(TimePoint when) {
  if (when <= now()) co_return;
  const auto ticket = loop_.new_ticket();
  const auto alarm = timeline_.alarm(time_of(when), [loop = &loop_, ticket] { loop->wake(ticket); });
  const auto [error] = co_await loop_.park(ticket);
  if (error) throw boost::system::system_error(error);
}

}  // namespace fas::simulation
