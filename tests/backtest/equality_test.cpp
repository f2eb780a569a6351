// The backtest decides as the daemon does, tick for tick: the daemon's own reconciler runs on a virtual clock against
// the simulated platform and recorded metrics, and the same recording is replayed.
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <cmath>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backtest/replay.h"
#include "control/log.h"
#include "control/memory_history.h"
#include "control/reconciler.h"
#include "scale/json.h"
#include "tests/backtest/world_machines.h"
#include "tests/config/support.h"
#include "tests/control/fake_fly.h"
#include "tests/support/fake_transport.h"
#include "tests/support/virtual_clock.h"

namespace fas::backtest {
namespace {

using std::chrono::seconds;

constexpr Duration kInterval = seconds(15);
constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

// What there is to compare of a tick.
struct Verdict {
  std::string targets;  // JSON; "none" where there are none
  std::string action;
  int count = 0;
  bool operator==(const Verdict&) const = default;
};
std::ostream& operator<<(std::ostream& out, const Verdict& verdict) {
  return out << verdict.action << " " << verdict.count << " by " << verdict.targets;
}

Verdict verdict_of(const scale::Decision& decision) {
  return {.targets = decision.targets ? scale::to_json(*decision.targets).dump() : "none",
          .action = std::string(scale::to_string(decision.acts() ? decision.plan.action : scale::ActionKind::kNone)),
          .count = decision.acts() ? decision.plan.count : 0};
}

// Keeps what each tick leaves behind: the numbers that the history keeps, and what was decided.
class Recorder final : public control::History {
 public:
  bool lasting() const override { return false; }
  void append(control::HistoryRecord) override {}
  void remember(const std::string&, std::string) override {}
  boost::asio::awaitable<bool> flushed(Deadline) override { co_return false; }
  void sample(const std::string&, const scale::Decision& decision) override {
    recorded.add(decision);
    verdicts.push_back(verdict_of(decision));
  }
  boost::asio::awaitable<Result<scale::Samples>> samples(control::SampleQuery) override { co_return recorded; }
  boost::asio::awaitable<Result<std::vector<control::HistoryRecord>>> read(control::HistoryQuery) override {
    co_return std::vector<control::HistoryRecord>{};
  }
  std::string memory(const std::string&) const override { return {}; }

  scale::Samples recorded;
  std::vector<Verdict> verdicts;
};

struct Scenario {
  std::string_view name;
  std::string_view policy;  // YAML
  FleetOptions fleet = {};
};

// A day's queue in an hour and a half, with a spike, a hole of no values, and an end at nothing.
std::vector<double> recorded_metric() {
  std::vector<double> values;
  for (int i = 0; i < 360; ++i) {
    double depth = 60 + 55 * std::sin(i / 40.0) + (i * 7919 % 23);
    if (i >= 90 && i < 100) depth = 400;
    if ((i >= 150 && i < 156) || i == 200) depth = kNone;
    if (i > 300) depth = 0;
    values.push_back(std::isnan(depth) ? depth : std::floor(depth));
  }
  return values;
}

config::Config config_of(std::string_view policy) {
  const std::string yaml = std::string(R"yaml(app-name: "worker"
metric-collectors:
- { type: "http", metric-name: "queue_depth", url: "http://m/depth" }
)yaml") + std::string(policy);
  Result<config::Config> config = config::test::load_yaml(yaml);
  EXPECT_TRUE(config) << config.error().message;
  return std::move(*config);
}

// The daemon's side.
class Daemon {
 public:
  Daemon(const Scenario& scenario, std::vector<double> metric)
      : metric_(std::move(metric)), world_(options_of(scenario.fleet)), app_(*world_.add_app({.name = "worker"})) {
    control::set_log_sink([](std::string_view, void*) {}, nullptr);
    for (int i = 0; i < scenario.fleet.machines; ++i) {
      world_.add_machine(app_, "m" + std::to_string(i), "iad", sim::default_config("worker"),
                         i < scenario.fleet.started ? MachineState::kStarted : MachineState::kStopped);
    }
    const metrics::SourceContext context{.loop = loop_, .clock = clock_, .http = http_};
    auto setup = control::make_policies(config_of(scenario.policy), context);
    EXPECT_TRUE(setup) << setup.error().message;
    setup_ = *setup;
    setup_->machines = std::make_unique<WorldMachines>(clock_, world_, app_);
    setup_->platform = std::make_unique<test::FakePlatform>();
  }
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;
  ~Daemon() { control::set_log_sink(nullptr, nullptr); }

  void run() {
    control::Reconciler reconciler(clock_, telemetry_, history_, draining_);
    control::AppState state{.name = "worker"};
    const TimePoint origin = clock_.now();
    for (row_ = 0; row_ < metric_.size(); ++row_) {
      bool done = false;
      boost::asio::co_spawn(loop_, reconciler.tick(setup_, state),
                            [&](const std::exception_ptr&, bool) { done = true; });
      clock_.run_until([&] { return done; });
      clock_.run_for(origin + static_cast<int>(row_ + 1) * kInterval - clock_.now());
    }
    samples = history_.recorded;
    verdicts = history_.verdicts;
  }

  scale::Samples samples;
  std::vector<Verdict> verdicts;

 private:
  sim::WorldOptions options_of(const FleetOptions& fleet) const {
    sim::WorldOptions options;
    options.epoch = clock_.wall_now();
    options.create_time = sim::Spread(fleet.create_time);
    options.boot_time = sim::Spread(fleet.boot_time);
    options.stop_time = sim::Spread(fleet.stop_time);
    options.destroy_time = sim::Spread(fleet.destroy_time);
    return options;
  }

  net::HttpResponse answer() const {
    const double value = metric_[row_];
    return std::isnan(value) ? test::reply(500, "down") : test::reply(200, std::to_string(value));
  }

  std::vector<double> metric_;
  std::size_t row_ = 0;
  boost::asio::io_context loop_;
  test::VirtualClock clock_{loop_};
  test::FakeTransport http_{[this](const net::HttpRequest&) { return answer(); }};
  sim::World world_;
  sim::App& app_;
  control::Telemetry telemetry_;
  Recorder history_;
  bool draining_ = false;
  std::shared_ptr<control::Setup> setup_;
};

const std::vector<Scenario>& scenarios() {
  static const std::vector<Scenario> list = {
      {"started", "started-machine-count: \"ceil(queue_depth / 10)\"", {.machines = 30, .started = 3}},
      {"slow boot",
       "started-machine-count: \"ceil(queue_depth / 10)\"",
       {.machines = 30, .started = 3, .boot_time = seconds(40)}},
      {"created",
       "created-machine-count: \"ceil(queue_depth / 10)\"\nregions: [\"iad\", \"fra\"]",
       {.machines = 1, .started = 1}},
      {"created and slow to stop",
       "created-machine-count: \"ceil(queue_depth / 10)\"",
       {.machines = 2, .started = 2, .stop_time = seconds(8)}},
      {"created stopped",
       "created-machine-count: \"ceil(queue_depth / 8)\"\nstarted-machine-count: \"ceil(queue_depth / 16)\"\n"
       "initial-machine-state: \"stopped\"",
       {.machines = 2, .started = 1}},
      {"a range",
       "min-started-machine-count: \"queue_depth / 20\"\nmax-started-machine-count: \"queue_depth / 5\"",
       {.machines = 30, .started = 3}},
      {"windows, steps, tolerance",
       "started-machine-count: \"ceil(queue_depth / 10)\"\ntolerance: 0.1\n"
       "scale-up:\n  policies: [{ type: \"machines\", value: 2, period: \"60s\" }]\n"
       "scale-down: { stabilization-window: \"5m\", cooldown: \"90s\" }",
       {.machines = 30, .started = 3}},
      {"fallback",
       "started-machine-count: \"ceil(queue_depth / 10)\"\n"
       "on-failure: { action: \"fallback\", after: 3, started-machine-count: \"max(current.started, 6)\" }",
       {.machines = 30, .started = 3}},
      {"schedule, limits, budget",
       "started-machine-count: \"ceil(queue_depth / 10)\"\nmax-actions-per-tick: 2\nlimits: { max-started: 12 }\n"
       "schedule:\n- { name: \"often\", cron: \"*/30 * * * *\", duration: \"10m\", min-started: 5 }",
       {.machines = 30, .started = 3}},
      {"its own past",
       "started-machine-count: \"queue_depth > 80 ? started_machine_count + 2 : (queue_depth < 30 ? "
       "max(current.started - 1, 1) : (previous.min_started ?? current.started))\"",
       {.machines = 30, .started = 3}},
      {"suspended",
       "started-machine-count: \"ceil(queue_depth / 10)\"\nstop-method: \"suspend\"",
       {.machines = 30, .started = 3, .boot_time = seconds(20)}},
      {"paused", "started-machine-count: \"ceil(queue_depth / 10)\"\npaused: true", {.machines = 30, .started = 3}},
  };
  return list;
}

CandidatePolicy candidate_of(const Scenario& scenario) {
  Result<CandidatePolicy> candidate = make_candidate("test", config_of(scenario.policy), {});
  EXPECT_TRUE(candidate) << candidate.error().message;
  return std::move(*candidate);
}

TEST(Equality, OfEveryTickOnTheModelsOwnMachines) {
  for (const Scenario& scenario : scenarios()) {
    Daemon daemon(scenario, recorded_metric());
    daemon.run();
    ReplayOptions options{.fleet = scenario.fleet, .fleet_may_grow = false};
    std::vector<Verdict> verdicts;
    std::vector<scale::Counts> counts;
    const auto outline =
        replay(candidate_of(scenario), daemon.samples, options, [&](std::size_t, const scale::Decision& decision) {
          verdicts.push_back(verdict_of(decision));
          counts.push_back(decision.current);
        });
    ASSERT_TRUE(outline) << outline.error().message;
    ASSERT_EQ(verdicts.size(), daemon.verdicts.size());
    int acted = 0;
    for (std::size_t i = 0; i < verdicts.size(); ++i) {
      ASSERT_EQ(verdicts[i], daemon.verdicts[i]) << scenario.name << " at tick " << i;
      ASSERT_EQ(counts[i].created, daemon.samples.ticks[i].created) << scenario.name << " at tick " << i;
      ASSERT_EQ(counts[i].started, daemon.samples.ticks[i].started) << scenario.name << " at tick " << i;
      acted += verdicts[i].count > 0 ? 1 : 0;
    }
    EXPECT_EQ(outline->events, acted) << scenario.name;
    EXPECT_GT(acted, scenario.name == "paused" ? -1 : 10) << scenario.name << " would show nothing";
  }
}

TEST(Equality, OfEveryTickOnTheMachinesRecorded) {
  for (const Scenario& scenario : scenarios()) {
    Daemon daemon(scenario, recorded_metric());
    daemon.run();
    std::vector<Verdict> verdicts;
    const auto done = replay_as_recorded(
        candidate_of(scenario), daemon.samples,
        [&](std::size_t, const scale::Decision& decision) { verdicts.push_back(verdict_of(decision)); });
    ASSERT_TRUE(done) << done.error().message;
    ASSERT_EQ(verdicts.size(), daemon.verdicts.size());
    for (std::size_t i = 0; i < verdicts.size(); ++i) {
      ASSERT_EQ(verdicts[i], daemon.verdicts[i]) << scenario.name << " at tick " << i;
    }
  }
}

// The test can fail: another policy decides otherwise.
TEST(Equality, IsNoneWithAnotherPolicy) {
  Scenario scenario = scenarios().front();
  Daemon daemon(scenario, recorded_metric());
  daemon.run();
  scenario.policy = "started-machine-count: \"ceil(queue_depth / 11)\"";
  std::size_t different = 0;
  const auto done =
      replay_as_recorded(candidate_of(scenario), daemon.samples, [&](std::size_t row, const scale::Decision& decision) {
        different += verdict_of(decision) == daemon.verdicts[row] ? 0 : 1;
      });
  ASSERT_TRUE(done);
  EXPECT_GT(different, 100U);
}

}  // namespace
}  // namespace fas::backtest
