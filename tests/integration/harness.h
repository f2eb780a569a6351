// The daemon and the simulated Fly platform on one event loop, talking HTTP over loopback.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "net/curl_transport.h"
#include "net/system_clock.h"
#include "serve/daemon.h"
#include "sim/server.h"

namespace fas::test {

class Harness {
 public:
  Harness();
  Harness(const Harness&) = delete;
  Harness& operator=(const Harness&) = delete;
  ~Harness();  // ends the daemon as SIGTERM does, and checks that it ends

  // An app "worker" of the organisation "acme" unless `options` say otherwise. Quick machines, no API latency, and no
  // rate limits: a test that is about one of them asks for it.
  void start_sim() { start_sim(quick()); }
  void start_sim(sim::Options options);
  static sim::Options quick(int machines = 0, MachineState state = MachineState::kStopped);

  // `yaml` on top of: app worker, this simulator, a tick every 100 ms, a free port.
  void start_daemon(const std::string& yaml);

  // Runs the loop until `done`; false when that does not come in 20 s.
  bool run_until(const std::function<bool()>& done);
  // As long as it takes for that many further ticks to end, of whatever app and result.
  void run_ticks(int count);

  sim::World& world() { return sim_->world(); }
  sim::Api& api() { return sim_->api(); }
  sim::App& app(std::string_view name = "worker") { return *sim_->world().find_app(name); }
  const sim::Server& sim() const { return *sim_; }
  serve::Daemon& daemon() { return *daemon_; }
  // As SIGHUP; returns when it is done.
  void reload();

  int count(MachineState state, std::string_view app = "worker");
  // Machines that exist, whatever their state.
  int machines(std::string_view app = "worker");
  // Adds a machine of the given group; returns its id.
  std::string add_machine(MachineState state, std::string_view group = "app", std::string region = "iad",
                          std::string_view app = "worker");
  // The requests of that action, in the order of their replies.
  std::vector<sim::LoggedRequest> requests(std::string_view action);

  bool logged(std::string_view text) const;
  // Is there one line of level ERROR that holds all of these?
  bool logged_error(std::initializer_list<std::string_view> texts) const;
  std::string log() const;
  // A request to the daemon's own server; status 0 where there is no reply.
  net::HttpResponse ask(const std::string& method, const std::string& path, std::vector<net::Header> headers = {},
                        std::string body = {});
  // A page of it: "200 body".
  std::string page(const std::string& path);

  boost::asio::io_context loop;
  net::SystemClock clock{loop};
  net::CurlTransport http{loop, clock};

 private:
  int ticks();

  std::unique_ptr<sim::Server> sim_;
  std::unique_ptr<serve::Daemon> daemon_;
  bool ended_ = false;
  mutable std::mutex mutex_;  // of the log: loops have threads of their own
  std::vector<std::string> lines_;
};

}  // namespace fas::test
