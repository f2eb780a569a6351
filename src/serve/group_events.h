// The stream of events of one of several autoscalers: its own as they come, and what has changed at the others, asked
// for every few seconds.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <vector>

#include "base/clock.h"
#include "net/http_server.h"
#include "serve/reply.h"

namespace fas::serve {

// What the others know of the apps that the stream is for.
struct AskOthers {
  using Ask = std::function<boost::asio::awaitable<std::vector<Json>>()>;
  using AskSince = std::function<boost::asio::awaitable<std::vector<Json>>(WallTime since)>;
  Ask lines;           // of the list of apps, of which each has a `name`
  AskSince decisions;  // as the API lists them, of which each has an `app` and an `at`
};

// `own` with its stream made one of all; as it is where it is a refusal.
net::ServerResponse with_others(net::ServerResponse own, AskOthers ask, boost::asio::any_io_executor executor,
                                Clock& clock);

}  // namespace fas::serve
