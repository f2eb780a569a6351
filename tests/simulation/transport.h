// The HTTP client of one simulated process: hands requests to the network and waits, by the deadline, for the replies.
#pragma once

#include <memory>

#include "base/clock.h"
#include "net/http.h"
#include "tests/simulation/network.h"
#include "tests/simulation/process_loop.h"

namespace fas::simulation {

class Transport final : public net::HttpTransport {
 public:
  Transport(int process, Timeline& timeline, ProcessLoop& loop, Network& network)
      : process_(process), timeline_(timeline), loop_(loop), network_(network) {}

  boost::asio::awaitable<Result<net::HttpResponse>> send(net::HttpRequest request, Deadline deadline) override;

 private:
  int process_;
  Timeline& timeline_;
  ProcessLoop& loop_;
  Network& network_;
};

}  // namespace fas::simulation
