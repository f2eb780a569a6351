#include "net/wait_socket.h"

#include <fcntl.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace fas::net {

namespace asio = boost::asio;

asio::awaitable<Result<void>> wait_socket(asio::io_context& loop, Clock& clock, int socket, Readiness what,
                                          Deadline deadline) {
  using namespace asio::experimental::awaitable_operators;  // NOLINT(google-build-using-namespace)
  // A copy of the descriptor is the loop's own to watch and close, whatever the library does with its one.
  const int copy = ::fcntl(socket, F_DUPFD_CLOEXEC, 0);
  if (copy < 0) co_return fail(ErrorKind::kUnavailable, "no socket, or no file descriptor left");
  asio::posix::stream_descriptor descriptor(loop, copy);
  const auto kind =
      what == Readiness::kRead ? asio::posix::stream_descriptor::wait_read : asio::posix::stream_descriptor::wait_write;
  // A failed wait is as good as a ready socket: the library's next call sees why.
  const auto first =
      co_await (descriptor.async_wait(kind, asio::as_tuple(asio::use_awaitable)) || clock.sleep_until(deadline));
  if (first.index() == 1) co_return fail(ErrorKind::kTimeout, "the deadline passed before the server answered");
  co_return Result<void>{};
}

}  // namespace fas::net
