// A scheduler on an event loop and a thread of its own: with a configuration, connections and rate limits of its own,
// so that loops share nothing but the program's metrics, and a history and a board that they post to.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <string>

#include "base/error.h"
#include "config/config.h"
#include "control/board.h"
#include "control/history.h"
#include "control/posted_board.h"
#include "control/posted_history.h"
#include "control/scheduler.h"
#include "control/setup.h"
#include "control/telemetry.h"
#include "net/loop_thread.h"
#include "net/rate_limiter.h"

namespace fas::control {

class Worker {
 public:
  // `history` and `observer` are of the loop `home`. Both, and the loop, outlive the worker. Errors: as make_setup().
  static Result<std::unique_ptr<Worker>> make(int number, const config::Config& config, Telemetry::Registry registry,
                                              boost::asio::any_io_executor home, History& history,
                                              AppObserver& observer);
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  ~Worker() { thread_.stop(); }

  void start() { thread_.start(); }
  boost::asio::any_io_executor executor() { return thread_.loop().get_executor(); }

  // All that follows: on the worker's loop, or before start().
  Scheduler& scheduler() { return *scheduler_; }
  // With what the history has of it.
  void add(const std::string& app, std::string memory, std::shared_ptr<const Tenure> tenure);
  void remove(const std::string& app, std::function<void()> ended);

  // A reload in two steps, as it is taken over by all loops or by none. Errors: as make_setup().
  Result<void> prepare(config::Config config);
  void take_over();

 private:
  Worker(int number, const config::Config& config, Telemetry::Registry registry, boost::asio::any_io_executor home,
         History& history, AppObserver& observer);

  net::LoopThread thread_;
  bool shares_apps_;  // with other autoscalers
  Telemetry telemetry_;
  PostedHistory history_;
  PostedBoard board_;
  std::shared_ptr<net::RateLimiter> limiter_;
  std::shared_ptr<Setup> prepared_;
  std::unique_ptr<Scheduler> scheduler_;
};

}  // namespace fas::control
