// Replays a policy over a recording, tick by tick, through the very functions that the daemon decides with.
//
// Open loop: the metrics are what was recorded, whatever the policy does. Closed loop: the metric that tells the
// queue's depth comes from a model of the queue instead, which the policy's machines work on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "backtest/arrivals.h"
#include "backtest/candidate_policy.h"
#include "backtest/fleet_model.h"
#include "base/duration.h"
#include "base/error.h"
#include "scale/decision.h"
#include "scale/samples.h"

namespace fas::backtest {

// The queue of a closed loop, and what is known of it in an open one.
struct Load {
  std::string queue_metric;
  double service_rate = 0;  // jobs a second that one machine works off, > 0; in an open loop 0: not known
  Rates rates;              // closed loop only
  bool even = false;        // arrivals at even distances instead of random ones
  std::uint64_t seed = 1;
};

struct ReplayOptions {
  FleetOptions fleet;          // `machines` and `started`: at the begin, of a policy without a fixed count
  bool fleet_may_grow = true;  // a policy without created counts finds as many machines as it asks for, up to 1000
  std::optional<Load> load;
  bool closed = false;  // needs a load
  Duration slo = std::chrono::seconds(60);
  double price = 0;    // of a machine for an hour
  bool trace = false;  // keep what there is to plot
};

// At each tick, for plots.
struct Trace {
  std::vector<float> running;
  std::vector<float> depth;  // of the closed loop's queue, or the open loop's metric; NaN: no value
};

struct Outline {
  std::string name;
  bool closed = false;
  double hours = 0;  // from the first tick to the end of the last one
  double machine_hours = 0;
  double cost = 0;
  int peak = 0;         // most machines running at once
  int events = 0;       // ticks in which machines were acted on
  int moves = 0;        // machines started, stopped, created or destroyed in them
  int blind_ticks = 0;  // in which the expressions gave no targets
  int short_ticks = 0;  // in which there were fewer machines than the policy wanted to run
  int machines = 0;     // that existed at the begin
  // Closed loop: the share of jobs that waited longer than the SLO. Open loop with a load: the share of ticks at which
  // the recorded queue would have taken longer than that for the machines running then.
  std::optional<double> slo;
  // Closed loop only.
  std::optional<double> wait_p50, wait_p95, wait_max;  // seconds
  std::optional<double> queue_max;
  std::uint64_t jobs = 0, completed = 0, requeued = 0, waiting = 0;
  Trace trace;
};

// Told of each tick: its row, and the decision. Where the fleet may grow, a replay may begin anew with more machines.
using TickObserver = std::function<void(std::size_t row, const scale::Decision& decision)>;

// Samples have at least one row. Errors: a metric that the policy needs is not in the recording.
Result<Outline> replay(const CandidatePolicy& candidate, const scale::Samples& samples, const ReplayOptions& options,
                       const TickObserver& observer = {});

// The same with the machines of the recording; what the policy decides changes nothing.
Result<void> replay_as_recorded(const CandidatePolicy& candidate, const scale::Samples& samples,
                                const TickObserver& observer);

}  // namespace fas::backtest
