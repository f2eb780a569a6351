// The parts that the simulation is made of, with a constant policy and no trouble.
#include <gtest/gtest.h>

#include "sim/machine_config.h"
#include "tests/simulation/campaign.h"
#include "tests/simulation/instance.h"

namespace fas::simulation {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::string_view kConstant = R"(
app-name: worker
api-token: secret
interval: 15s
started-machine-count: "3"
)";

class Constant : public testing::Test {
 protected:
  Constant() {
    silence_log();
    app_ = world_.add_app({.name = "worker"});
    for (int i = 0; i < 5; ++i) {
      world_.add_machine(*app_, "", "", sim::default_config("worker"), MachineState::kStopped);
    }
  }
  void start() {
    auto started = Instance::start(1, {timeline_, network_, disk_, world_.options().epoch, wall_},
                                   std::string(kConstant), sim::Random(7));
    ASSERT_TRUE(started) << started.error().message;
    instance_ = std::move(*started);
    instance_->run();
  }
  void run_until(Duration end) {
    while (const auto next = timeline_.next()) {
      if (*next > end) break;
      timeline_.step();
      if (instance_) instance_->run();
    }
    timeline_.pass(end);
    world_.advance(end);
  }
  int started() const {
    return static_cast<int>(std::ranges::count_if(
        app_->machines, [](const auto& entry) { return entry.second.state == MachineState::kStarted; }));
  }

  Timeline timeline_;
  sim::World world_;
  sim::Api api_{world_, {.latency = sim::Spread(std::chrono::milliseconds(50))}};
  Network network_{timeline_, api_, [](const Exchange&) { return std::nullopt; }, sim::Random(3)};
  Disk disk_;
  WallOffset wall_;
  sim::App* app_ = nullptr;
  std::unique_ptr<Instance> instance_;
};

TEST_F(Constant, StartsWhatIsWantedAndTicksOn) {
  start();
  run_until(minutes(1));
  EXPECT_EQ(started(), 3);
  EXPECT_EQ(network_.sent_count(), 5 + 1 + 3);  // lists, the release, starts
}

TEST_F(Constant, ACrashEndsItBetweenAnyTwoSteps) {
  for (int steps = 0; steps < 400; ++steps) {
    start();
    int left = steps;
    const Duration end = timeline_.now() + seconds(31);
    while (left > 0) {
      if (instance_->run_one()) {
        --left;
        continue;
      }
      const auto next = timeline_.next();
      if (!next || *next > end) break;
      timeline_.step();
    }
    instance_.reset();
    run_until(end);
    EXPECT_LE(started(), 3);
  }
  start();
  run_until(timeline_.now() + minutes(1));
  EXPECT_EQ(started(), 3);
}

TEST_F(Constant, EndsByItselfWithinASecond) {
  start();
  run_until(seconds(20));
  instance_->stop();
  instance_->run();
  run_until(seconds(21));
  EXPECT_TRUE(instance_->ended());
}

}  // namespace
}  // namespace fas::simulation
