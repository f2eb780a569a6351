// For C libraries that own their sockets and want to be told when one is ready.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include "base/clock.h"
#include "base/error.h"

namespace fas::net {

enum class Readiness { kRead, kWrite };

// Returns when `socket` can be read or written, or has failed (the library's next call then says how). kTimeout when
// the deadline comes first. The socket stays the library's, which may close it only while nobody waits.
boost::asio::awaitable<Result<void>> wait_socket(boost::asio::io_context& loop, Clock& clock, int socket,
                                                 Readiness what, Deadline deadline);

}  // namespace fas::net
