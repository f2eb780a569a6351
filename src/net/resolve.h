// Names to addresses, for C libraries that would block while they look a name up.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"

namespace fas::net {

// The numeric addresses of `host`, one at least, in the order in which to try them; an address is its own. Errors:
// kUnavailable where there are none, kTimeout at the deadline.
boost::asio::awaitable<Result<std::vector<std::string>>> resolve(boost::asio::io_context& loop, Clock& clock,
                                                                 std::string host, Deadline deadline);

}  // namespace fas::net
