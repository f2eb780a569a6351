// What the daemon's HTTP server answers: /metrics, /healthz, /readyz, the API below /api/, and the dashboard.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <string>

#include "base/error.h"
#include "net/http_server.h"

namespace fas::serve {

struct Readiness {
  bool ready = false;
  std::string reason;  // why not; empty when ready
  std::string note;    // what is wrong all the same
};

// What the routes show, asked with every request.
struct Pages {
  std::function<boost::asio::awaitable<Result<std::string>>()> exposition;  // of /metrics
  std::function<boost::asio::awaitable<Readiness>()> readiness;
  net::Handler api;
};

net::Handler make_routes(Pages pages);

}  // namespace fas::serve
