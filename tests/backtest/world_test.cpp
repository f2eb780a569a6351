// The closed loop against the simulator: the same policy on the same kind of work, decided by the same function, once
// on the backtest's model and once on the simulated platform. Arrivals are random, and drawn independently.
#include <gtest/gtest.h>

#include <cmath>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "backtest/replay.h"
#include "backtest/waits.h"
#include "control/fleet_view.h"
#include "fly/machine.h"
#include "sim/lifecycle.h"
#include "sim/machine_config.h"
#include "sim/world.h"
#include "tests/config/support.h"

namespace fas::backtest {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Duration kInterval = seconds(15);
constexpr double kServiceRate = 0.5;  // jobs a second and machine
constexpr int kMachines = 40;

struct Outcome {
  double machine_hours = 0;
  double wait_p95 = 0;
  std::uint64_t jobs = 0;
};

CandidatePolicy policy() {
  const auto config = config::test::load_yaml(R"yaml(app-name: "worker"
metric-collectors:
- { type: "http", metric-name: "queue_depth", url: "http://m/depth" }
started-machine-count: "max(ceil(queue_depth / 4), 2)"
scale-down: { stabilization-window: "3m" }
)yaml");
  EXPECT_TRUE(config) << config.error().message;
  Result<CandidatePolicy> candidate = make_candidate("test", *config, {});
  EXPECT_TRUE(candidate) << candidate.error().message;
  return std::move(*candidate);
}

sim::Profile profile_of(std::string_view text) {
  Result<sim::Profile> profile = text.starts_with("0,") ? sim::Profile::from_csv(text) : sim::Profile::parse(text);
  EXPECT_TRUE(profile) << profile.error().message;
  return *profile;
}

class Simulated {
 public:
  Simulated(sim::Profile profile, std::uint64_t seed) : world_(options_of(seed)) {
    app_ =
        world_.add_app({.name = "worker", .workload = {.profile = std::move(profile), .service_rate = kServiceRate}});
    for (int i = 0; i < kMachines; ++i) {
      world_.add_machine(*app_, "m" + std::to_string(i), "iad", sim::default_config("worker"),
                         i < 2 ? MachineState::kStarted : MachineState::kStopped);
    }
  }

  Outcome run(const CandidatePolicy& candidate, Duration length) {
    for (Duration now{0}; now < length; now += kInterval) {
      advance(now);
      tick(candidate);
    }
    advance(length);
    return {.machine_hours = std::chrono::duration<double>(world_.running_time(*app_)).count() / 3600,
            .wait_p95 = waits_.quantile(0.95),
            .jobs = app_->workload.totals().arrivals};
  }

 private:
  static sim::WorldOptions options_of(std::uint64_t seed) {
    sim::WorldOptions options;
    options.seed = seed;
    options.boot_time = sim::Spread(seconds(5));
    options.stop_time = sim::Spread(seconds(1));
    return options;
  }

  // From event to event, so that each job's wait shows in the totals.
  void advance(Duration time) {
    while (const auto next = world_.next_event()) {
      if (*next > time) break;
      const auto before = app_->workload.totals();
      world_.advance(*next);
      const auto& after = app_->workload.totals();
      const std::uint64_t begun = after.begun - before.begun;
      if (begun == 0) continue;
      const double each = (after.wait_sum - before.wait_sum) / static_cast<double>(begun);
      for (std::uint64_t i = 0; i < begun; ++i) waits_.add(Duration(std::llround(std::max(0.0, each) * 1e9)));
    }
    world_.advance(time);
  }

  void tick(const CandidatePolicy& candidate) {
    const auto list = fly::parse_machine_list(world_.list_json(*app_));
    ASSERT_TRUE(list) << list.error().message;
    const std::vector<scale::Observation> observations = {
        {.metric = "queue_depth", .value = static_cast<double>(app_->workload.depth())}};
    const scale::Fleet fleet = control::fleet_view(*list, "app");
    scale::Decision decision = scale::decide(candidate.policy, observations, fleet, memory_, world_.wall_now());
    std::vector<scale::Outcome> outcomes;
    for (int i = 0; decision.acts() && i < decision.plan.count; ++i) {
      const scale::Candidate& chosen = decision.plan.candidates[static_cast<std::size_t>(i)];
      sim::Machine& machine = *sim::World::find_machine(*app_, chosen.id);
      const bool starts = decision.plan.action == scale::ActionKind::kStart;
      const bool done = starts ? sim::start_machine(world_, *app_, machine, "").has_value()
                               : sim::stop_machine(world_, *app_, machine, "").has_value();
      scale::Outcome outcome;
      outcome.kind = done ? scale::OutcomeKind::kDone : scale::OutcomeKind::kRefused;
      outcome.id = chosen.id;
      outcome.becomes = starts ? MachineState::kStarting : MachineState::kStopping;
      outcome.seen = chosen.updated_at;
      outcome.was_running = !starts;
      outcomes.push_back(std::move(outcome));
    }
    memory_ = scale::remember(std::move(decision.memory), decision.plan, outcomes, 0, decision.at);
  }

  sim::World world_;
  sim::App* app_ = nullptr;
  scale::Memory memory_;
  Waits waits_{seconds(60)};
};

Outcome predicted(const sim::Profile& profile, const CandidatePolicy& candidate, Duration length, std::uint64_t seed) {
  ReplayOptions options{.fleet = {.machines = kMachines, .started = 2}, .fleet_may_grow = false, .closed = true};
  Load load{.queue_metric = "queue_depth", .service_rate = kServiceRate, .seed = seed};
  for (Duration at{0}; at < length; at += seconds(1)) {
    load.rates.steps.push_back({.from = at, .per_second = profile.rate_at(at)});
  }
  load.rates.end = length;
  options.load = std::move(load);
  scale::Samples samples;
  for (Duration at{0}; at < length; at += kInterval) {
    samples.ticks.push_back({.at = WallTime(std::chrono::duration_cast<WallTime::duration>(at))});
  }
  const auto outline = replay(candidate, samples, options);
  EXPECT_TRUE(outline) << outline.error().message;
  return {.machine_hours = outline->machine_hours, .wait_p95 = *outline->wait_p95, .jobs = outline->jobs};
}

struct Case {
  std::string_view name;
  std::string_view profile;
  Duration length;
};

TEST(ClosedLoop, PredictsTheSimulatorOverFiveProfiles) {
  // A trace of a working day, 24 pieces of 20 minutes, in jobs a second.
  std::string trace;
  constexpr double kTrace[] = {1, 0.8, 0.6, 0.6, 0.7, 1.2, 2.5, 4, 6,   7, 6.5, 6,
                               5, 6,   7,   7.5, 7,   5.5, 4,   3, 2.5, 2, 1.5, 1};
  for (int piece = 0; piece < 24; ++piece) {
    trace += std::to_string(piece * 1200) + "," + std::to_string(kTrace[piece]) + "\n";
  }
  const CandidatePolicy candidate = policy();
  for (const Case& c : {Case{"constant", "constant:4", hours(8)}, Case{"step", "step:2,6@2h,3@5h", hours(8)},
                        Case{"spike", "spike:base=2,peak=8,at=10m,for=10m,every=1h", hours(8)},
                        Case{"daily wave", "wave:min=1,max=8,period=8h", hours(8)}, Case{"trace", trace, hours(8)}}) {
    const sim::Profile profile = profile_of(c.profile);
    const Outcome simulated = Simulated(profile, 11).run(candidate, c.length);
    const Outcome model = predicted(profile, candidate, c.length, 5);
    const auto off = [](double a, double b) { return std::abs(a - b) / b; };
    RecordProperty(std::string(c.name), std::to_string(off(model.wait_p95, simulated.wait_p95)));
    std::cout << c.name << ": " << simulated.jobs << " jobs, machine-hours " << simulated.machine_hours << " predicted "
              << model.machine_hours << ", wait p95 " << simulated.wait_p95 << " predicted " << model.wait_p95 << '\n';
    EXPECT_GT(simulated.jobs, 80'000U) << c.name;
    EXPECT_LT(off(model.machine_hours, simulated.machine_hours), 0.05) << c.name;
    EXPECT_LT(off(model.wait_p95, simulated.wait_p95), 0.05) << c.name;
  }
}

}  // namespace
}  // namespace fas::backtest
