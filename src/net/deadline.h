// A deadline for operations that have none of their own.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <string>
#include <utility>
#include <variant>

#include "base/clock.h"
#include "base/error.h"

namespace fas::net {

// The operation's result, or kTimeout with `message` once the deadline has passed; it is then cancelled and waited for,
// and so it is when the caller is cancelled. The operation must not throw but for being cancelled, and `clock` must
// outlive it.
template <class T>
boost::asio::awaitable<Result<T>> with_deadline(Clock& clock, Deadline deadline,
                                                boost::asio::awaitable<Result<T>> operation, std::string message) {
  using namespace boost::asio::experimental::awaitable_operators;  // NOLINT(google-build-using-namespace)
  auto done = co_await (std::move(operation) || clock.sleep_until(deadline));
  if (done.index() == 0) co_return std::get<0>(std::move(done));
  co_return fail(ErrorKind::kTimeout, std::move(message));
}

}  // namespace fas::net
