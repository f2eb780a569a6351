// One running autoscaler: everything that the daemon puts together, but for its HTTP server. All that the simulation
// depends on of src/control's interfaces is behind this header.
#pragma once

#include <boost/asio/cancellation_signal.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "control/discovery.h"
#include "control/scheduler.h"
#include "control/schedulers.h"
#include "control/telemetry.h"
#include "coordination/group.h"
#include "metrics/registry.h"
#include "net/rate_limiter.h"
#include "sim/random.h"
#include "tests/simulation/disk.h"
#include "tests/simulation/network.h"
#include "tests/simulation/process_loop.h"
#include "tests/simulation/transport.h"

namespace fas::simulation {

// What a process lives in, and what is left when it has gone.
struct Surroundings {
  Timeline& timeline;
  Network& network;
  Disk& disk;
  WallTime epoch;
  const WallOffset& wall;
  // Of one of several autoscalers; without an engine it is alone.
  std::function<std::unique_ptr<coordination::Engine>(ProcessLoop& loop, ProcessClock& clock)> engine = {};
  coordination::MembershipOptions membership = {};
};

class Instance {
 public:
  // Does the program keep an app's memory in its history?
  static constexpr bool kMemorySurvives = true;

  // Reads the configuration and begins to run. Errors: those of the configuration.
  static Result<std::unique_ptr<Instance>> start(int number, const Surroundings& surroundings, const std::string& yaml,
                                                 sim::Random random);
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;
  // As kill -9: nothing of the process runs any more.
  ~Instance();

  // Lets it do what it can without time passing; run_one() at most one step, false when there is none.
  std::size_t run() { return loop_.run(); }
  bool run_one() { return loop_.run_one(); }

  // SIGTERM. ended() when it has come to its end by itself, its history written.
  void stop();
  bool ended() const { return ended_; }

  // Is all that it has written to its history safe?
  bool history_written() const { return history_.all_safe(); }

 private:
  Instance(int number, const Surroundings& surroundings, sim::Random random);
  Result<std::shared_ptr<control::Setup>> make_setup(const std::string& yaml);
  void begin();
  void found(const std::vector<std::string>& apps);
  boost::asio::awaitable<void> keep_membership();

  int number_;
  ProcessLoop loop_;
  ProcessClock clock_;
  Transport transport_;
  metrics::SourceContext context_;
  sim::Random random_;
  SimHistory history_;
  control::Telemetry telemetry_;
  std::shared_ptr<net::RateLimiter> limiter_;
  std::unique_ptr<coordination::Group> group_;  // null: it is alone
  std::unique_ptr<control::Scheduler> scheduler_;
  std::unique_ptr<control::Schedulers> schedulers_;
  std::unique_ptr<control::Discovery> discovery_;
  boost::asio::cancellation_signal cancel_discovery_, cancel_membership_;
  bool ended_ = false;
};

}  // namespace fas::simulation
