// From one event loop to another: has it do something, and waits here for what comes of it.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "base/error.h"
#include "net/event.h"

namespace fas::net {

template <class T>
using Work = std::function<boost::asio::awaitable<Result<T>>()>;

namespace detail {

template <class T>
struct Answer {
  explicit Answer(const boost::asio::any_io_executor& here) : came(here) {}
  Event came;
  std::exception_ptr error;
  std::optional<Result<T>> result;
};

// The frame keeps `work`, and with it all that its coroutine refers to.
template <class T>
boost::asio::awaitable<Result<T>> keeping(Work<T> work) {
  Result<T> result = co_await work();
  co_return result;
}

}  // namespace detail

// What `work` returns, run on the loop `there`; kTimeout where that has not come by the deadline. Whatever becomes of
// the caller, the work goes on to its end: it has to have one, and to own or outlive what it uses. What one loop asks
// of another, and posts to it, is begun in that order. `clock` is that of the caller's loop. Both loops outlive what is
// asked.
template <class T>
boost::asio::awaitable<Result<T>> ask(boost::asio::any_io_executor there, Clock& clock, Deadline deadline,
                                      Work<T> work) {
  namespace asio = boost::asio;
  using namespace asio::experimental::awaitable_operators;  // NOLINT(google-build-using-namespace)
  const asio::any_io_executor here = co_await asio::this_coro::executor;
  auto answer = std::make_shared<detail::Answer<T>>(here);
  // The answer goes back in the handler, so that its last owner is always on this loop.
  auto tell = [here, answer](const std::exception_ptr& error, Result<T> result) mutable {
    asio::post(here, [answer = std::move(answer), error, result = std::move(result)]() mutable {
      answer->error = error;
      answer->result.emplace(std::move(result));
      answer->came.notify();
    });
  };
  asio::post(there, [there, work = std::move(work), tell = std::move(tell)]() mutable {
    asio::co_spawn(there, detail::keeping<T>(std::move(work)), std::move(tell));
  });
  if (deadline == TimePoint::max()) {
    co_await answer->came.wait();
  } else {
    co_await (answer->came.wait() || clock.sleep_until(deadline));
  }
  if (answer->error) std::rethrow_exception(answer->error);
  if (!answer->result) co_return fail(ErrorKind::kTimeout, "another event loop of this process does not answer");
  co_return std::move(*answer->result);
}

}  // namespace fas::net
