// Runs a coroutine to its end on a loop, for tests.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <exception>
#include <optional>
#include <utility>

namespace fas::test {

// Rethrows what the coroutine throws. A test that hangs ends here after a minute, by an exception.
template <class T>
T run(boost::asio::io_context& loop, boost::asio::awaitable<T> operation) {
  std::optional<T> result;
  std::exception_ptr failure;
  bool done = false;
  boost::asio::co_spawn(loop, std::move(operation), [&](std::exception_ptr error, T value) {
    failure = std::move(error);
    if (!failure) result.emplace(std::move(value));
    done = true;
  });
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  loop.restart();
  while (!done) {
    if (loop.run_one_until(give_up) == 0) throw std::runtime_error("the coroutine did not end");
  }
  if (failure) std::rethrow_exception(failure);
  return std::move(*result);
}

}  // namespace fas::test
