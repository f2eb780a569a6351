// An event loop with what stands on it, for a command that asks once and ends.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <optional>
#include <utility>

#include "metrics/registry.h"
#include "net/curl_transport.h"
#include "net/system_clock.h"

namespace fas::cli {

class Once {
 public:
  Clock& clock() { return clock_; }
  const metrics::SourceContext& context() const { return context_; }

  // Runs the loop until `operation` has ended; what it throws is thrown on.
  template <class T>
  T run(boost::asio::awaitable<T> operation) {
    std::optional<T> result;
    std::exception_ptr failure;
    boost::asio::co_spawn(loop_, std::move(operation), [&](std::exception_ptr error, T value) {
      failure = std::move(error);
      result = std::move(value);
      loop_.stop();
    });
    loop_.restart();
    loop_.run();
    if (failure) std::rethrow_exception(failure);
    return std::move(*result);
  }

 private:
  boost::asio::io_context loop_{1};
  net::SystemClock clock_{loop_};
  net::CurlTransport http_{loop_, clock_};
  metrics::SourceContext context_{.loop = loop_, .clock = clock_, .http = http_};
};

}  // namespace fas::cli
