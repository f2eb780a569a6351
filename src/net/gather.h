// Runs coroutines side by side and waits for all of them.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <utility>
#include <vector>

namespace fas::net {

// The results in the order of `operations`. Cancelling the caller cancels all of them. The first exception is rethrown
// once all have ended.
template <class T>
boost::asio::awaitable<std::vector<T>> gather(std::vector<boost::asio::awaitable<T>> operations) {
  namespace asio = boost::asio;
  if (operations.empty()) co_return std::vector<T>{};
  auto executor = co_await asio::this_coro::executor;
  using Spawned = decltype(asio::co_spawn(executor, std::move(operations.front()), asio::deferred));
  std::vector<Spawned> spawned;
  spawned.reserve(operations.size());
  for (auto& operation : operations) spawned.push_back(asio::co_spawn(executor, std::move(operation), asio::deferred));
  auto group = asio::experimental::make_parallel_group(std::move(spawned));
  auto [order, errors, results] = co_await group.async_wait(asio::experimental::wait_for_all(), asio::use_awaitable);
  for (const std::exception_ptr& error : errors) {
    if (error) std::rethrow_exception(error);
  }
  co_return std::move(results);
}

}  // namespace fas::net
