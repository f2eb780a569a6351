// One who listens on a channel of Postgres, for as long as it takes: connects, and connects anew.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "metrics/postgres_options.h"
#include "metrics/postgres_session.h"
#include "metrics/registry.h"

namespace fas::metrics {

class PostgresListener {
 public:
  // Called on the loop's thread, never within start() or stop(), and not after stop().
  struct Ears {
    // The payload of a notification; empty also once the connection has been made, by when some may have been missed.
    std::function<void(std::string_view payload)> heard;
    std::function<void(const Error& error)> trouble;  // once, until it is well() again
    std::function<void()> well;                       // it listens
  };

  // Tries again after a second, and after longer and longer up to a minute, until stop(). What `context` refers to
  // outlives the loop's work for it.
  static std::shared_ptr<PostgresListener> start(const SourceContext& context, PostgresOptions options,
                                                 std::string channel, Ears ears);
  void stop();

  PostgresListener(const SourceContext& context, PostgresOptions options, std::string channel, Ears ears);

 private:
  static boost::asio::awaitable<void> run(std::shared_ptr<PostgresListener> self);
  // Until the connection is lost, or cannot be made.
  boost::asio::awaitable<Error> listen();

  Clock& clock_;
  PostgresSession session_;
  std::string channel_;
  Ears ears_;
  bool stopped_ = false;
  bool well_ = false;
  boost::asio::cancellation_signal cancel_;
};

}  // namespace fas::metrics
