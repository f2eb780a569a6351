// The simulator as an HTTP server: Machines API, GraphQL, /metrics and the control API under /sim on one port. Runs as
// a process (`fly-autoscaler sim`) and within a test's.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "net/http_server.h"
#include "sim/api.h"
#include "sim/world.h"

namespace fas::sim {

// An app that is there from the start.
struct InitialApp {
  AppOptions app;
  int machines = 1;
  MachineState state = MachineState::kStopped;
  std::vector<std::string> regions;  // round robin; empty: the default one
};

struct Options {
  std::string listen = "127.0.0.1:0";
  WorldOptions world;  // its epoch is set to the time at the start
  ApiOptions api;
  std::vector<InitialApp> apps;
  double time_scale = 1;  // simulated seconds a second; latencies are simulated, too
};

// Lives on the loop's thread.
class Server {
 public:
  // Errors: those of net::HttpServer::start().
  static Result<std::unique_ptr<Server>> start(boost::asio::io_context& loop, Options options);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();

  std::uint16_t port() const;
  std::string url() const;  // "http://127.0.0.1:PORT"
  // Up to date as of now. Any change through it shows in the next reply.
  World& world();
  Api& api();
  void stop();

 private:
  struct State;
  explicit Server(std::shared_ptr<State> state) : state_(std::move(state)) {}

  std::shared_ptr<State> state_;
  std::unique_ptr<net::HttpServer> http_;
};

}  // namespace fas::sim
