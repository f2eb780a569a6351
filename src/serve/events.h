// The stream of what happens, for browsers (server-sent events:
// https://html.spec.whatwg.org/multipage/server-sent-events.html).
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstddef>
#include <memory>
#include <string>

#include "base/clock.h"
#include "control/board.h"
#include "net/http_server.h"

namespace fas::serve {

// On the loop's thread. A client that reads slowly gets fewer and larger events, never a backlog: what it is told of an
// app is always the newest.
class Events {
 public:
  static constexpr std::size_t kMostClients = 256;

  Events(boost::asio::any_io_executor executor, Clock& clock, control::Board& board)
      : executor_(std::move(executor)), clock_(clock), board_(board), clients_(std::make_shared<std::size_t>(0)) {}

  // The reply that streams: of one app, or with an empty name of all. 503 when there are too many.
  net::ServerResponse open(std::string app);

 private:
  boost::asio::any_io_executor executor_;
  Clock& clock_;
  control::Board& board_;
  std::shared_ptr<std::size_t> clients_;
};

}  // namespace fas::serve
