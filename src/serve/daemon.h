// The running program: event loops, server, discovery, schedulers and signals put together.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>

#include "base/clock.h"
#include "base/error.h"
#include "config/config.h"
#include "control/board.h"
#include "control/discovery.h"
#include "control/history.h"
#include "control/postgres_wakes.h"
#include "control/scheduler.h"
#include "control/schedulers.h"
#include "control/sqlite_history.h"
#include "control/telemetry.h"
#include "coordination/group.h"
#include "net/http.h"
#include "net/http_server.h"
#include "net/offload.h"
#include "net/rate_limiter.h"
#include "serve/api.h"
#include "serve/group_api.h"
#include "serve/routes.h"

namespace fas::serve {

class Daemon {
 public:
  using Reload = std::function<Result<config::Config>()>;

  // `reload` reads the configuration afresh, for SIGHUP. Errors: an unusable configuration, or `listen` cannot be
  // bound.
  static Result<std::unique_ptr<Daemon>> make(boost::asio::io_context& loop, Clock& clock, net::HttpTransport& http,
                                              config::Config config, Reload reload);

  // Runs until stop(), or SIGINT or SIGTERM when `handle_signals`: no new tick or action begins then, calls under way
  // get a moment to finish, so that all is over within a second; one of several autoscalers takes up to another
  // to hand its apps over.
  boost::asio::awaitable<void> run(bool handle_signals);
  void stop() { schedulers_->stop(); }

  // Takes the configuration over when it is good; else the old one stays. What has to do with how the process is built
  // (`listen`, `threads`, ...) needs a restart, and the log says so.
  boost::asio::awaitable<void> reload();

  std::uint16_t port() const { return server_->port(); }
  control::Schedulers& schedulers() { return *schedulers_; }
  control::Telemetry& telemetry() { return telemetry_; }
  control::History& history() { return *history_; }

 private:
  Daemon(boost::asio::io_context& loop, Clock& clock, net::HttpTransport& http, Reload reload);
  void name_member(config::Config& config) const;
  Result<std::shared_ptr<control::Setup>> make_setup(config::Config config);
  void found(const std::vector<std::string>& apps);
  boost::asio::awaitable<void> work();
  boost::asio::awaitable<void> watch_signals();
  void open_history(const config::Config& config);
  std::string history_note() const;
  Result<void> make_workers(control::History& history);
  void start_api(net::HttpTransport& http);
  Result<void> start_server();
  boost::asio::awaitable<Readiness> readiness();
  boost::asio::awaitable<Result<std::string>> exposition();

  boost::asio::io_context& loop_;
  Clock& clock_;
  metrics::SourceContext context_;
  Reload reload_;
  control::Telemetry telemetry_;
  std::shared_ptr<net::RateLimiter> limiter_;
  std::unique_ptr<control::History> history_;
  const control::SqliteHistory* on_disk_ = nullptr;  // the same, where there is a state-dir
  std::unique_ptr<coordination::Group> group_;       // null: this autoscaler is alone
  control::Board board_;
  std::unique_ptr<control::Scheduler> scheduler_;    // of this loop
  std::unique_ptr<control::Schedulers> schedulers_;  // of all
  std::unique_ptr<control::Discovery> discovery_;
  std::unique_ptr<control::PostgresWakes> postgres_;
  std::unique_ptr<Api> api_;
  std::unique_ptr<GroupApi> group_api_;  // where there is a group
  net::Offload pages_;                   // of /metrics, which is long with many apps
  std::unique_ptr<net::HttpServer> server_;
};

}  // namespace fas::serve
