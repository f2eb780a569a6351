// The policies that are off by default, through the real daemon and the simulator.
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/integration/harness.h"
#include "tests/support/temp_dir.h"

namespace fas::test {
namespace {

TEST(Policies, SeveralInOneProcess) {
  Harness harness;
  sim::Options options = Harness::quick();
  options.apps.clear();
  for (const char* name : {"worker-a", "worker-b", "mailer", "web"}) {
    options.apps.push_back(
        {.app = {.name = name, .org = "acme", .workload = {}}, .machines = 5, .state = MachineState::kStopped});
  }
  harness.start_sim(std::move(options));
  harness.start_daemon(R"(
org: "acme"
concurrency: 4
started-machine-count: "2"
apps:
- app-name: "worker-*"
- { app-name: "mailer", started-machine-count: "9", limits: { max-started: 4 } }
)");
  const auto fits = [&] {
    return harness.count(MachineState::kStarted, "worker-a") == 2 &&
           harness.count(MachineState::kStarted, "worker-b") == 2 &&
           harness.count(MachineState::kStarted, "mailer") == 4;
  };
  EXPECT_TRUE(harness.run_until(fits)) << harness.log();
  EXPECT_EQ(harness.count(MachineState::kStarted, "web"), 0);
}

TEST(Policies, StepsAndCooldowns) {
  Harness harness;
  harness.start_sim(Harness::quick(9));
  harness.start_daemon(R"(
started-machine-count: "8"
scale-up: { policies: [{ type: "machines", value: 3, period: "1h" }] }
)");
  ASSERT_TRUE(harness.run_until([&] { return harness.count(MachineState::kStarted) == 3; })) << harness.log();
  harness.run_ticks(4);
  EXPECT_EQ(harness.count(MachineState::kStarted), 3);
  EXPECT_EQ(harness.requests("start").size(), 3);
}

TEST(Policies, SuspendInsteadOfStop) {
  Harness harness;
  harness.start_sim(Harness::quick(3, MachineState::kStarted));
  harness.start_daemon("started-machine-count: \"1\"\nstop-method: \"suspend\"");
  EXPECT_TRUE(harness.run_until([&] { return harness.count(MachineState::kSuspended) == 2; })) << harness.log();
  EXPECT_TRUE(harness.requests("stop").empty());
}

TEST(Policies, WarmSparesAreCreatedStopped) {
  Harness harness;
  harness.start_sim(Harness::quick(1, MachineState::kStarted));
  harness.start_daemon(R"(
created-machine-count: "5"
started-machine-count: "2"
initial-machine-state: "stopped"
)");
  EXPECT_TRUE(harness.run_until([&] {
    return harness.count(MachineState::kStarted) == 2 && harness.count(MachineState::kStopped) == 3;
  })) << harness.log();
}

TEST(Policies, AMachineThatRunsIsStoppedUnderALeaseBeforeItIsDestroyed) {
  Harness harness;
  harness.start_sim(Harness::quick(3, MachineState::kStarted));
  harness.start_daemon("created-machine-count: \"2\"");
  ASSERT_TRUE(harness.run_until([&] { return harness.machines() == 2; })) << harness.log();
  std::vector<std::string> calls;
  for (const sim::LoggedRequest& request : harness.api().log().requests()) {
    if (request.method != "GET" || request.action == "wait") calls.push_back(request.action);
  }
  std::erase(calls, "graphql");
  ASSERT_GE(calls.size(), 4);
  EXPECT_EQ(harness.requests("stop").size(), 1);
  EXPECT_EQ(harness.requests("destroy").size(), 1);
  EXPECT_EQ(harness.requests("destroy").front().query, "");
}

TEST(Policies, BusyMachinesAreLeftUntilTheyAreIdle) {
  Harness harness;
  sim::Options options = Harness::quick(3, MachineState::kStarted);
  options.apps[0].app.workload.service_rate = 0.001;  // a job takes as long as the test
  harness.start_sim(std::move(options));
  harness.world().add_jobs(harness.app(), 2);
  harness.start_daemon(R"(
started-machine-count: "0"
busy-metric: "jobs"
metric-collectors:
- type: "http"
  metric-name: "jobs"
  url: ")" + harness.sim().url() +
                       R"(/metrics"
  format: "prometheus"
  metric: "sim_machine_jobs"
  series: true
)");
  ASSERT_TRUE(harness.run_until([&] { return harness.count(MachineState::kStopped) == 1; })) << harness.log();
  harness.run_ticks(4);
  EXPECT_EQ(harness.count(MachineState::kStarted), 2) << harness.log();
  EXPECT_EQ(harness.app().workload.busy(), 2);
  EXPECT_NE(harness.page("/metrics").find("fas_machines_waiting{app=\"worker\"} 2"), std::string::npos);
  for (const auto& [index, machine] : harness.app().machines) {
    if (machine.state == MachineState::kStarted) harness.app().workload.remove_worker(index);  // its job is over
  }
  EXPECT_TRUE(harness.run_until([&] { return harness.count(MachineState::kStopped) == 3; })) << harness.log();
}

TEST(Policies, DryRunDecidesAndDoesNothing) {
  Harness harness;
  harness.start_sim(Harness::quick(4));
  harness.start_daemon("started-machine-count: \"3\"\ndry-run: true");
  ASSERT_TRUE(harness.run_until([&] { return harness.logged("\"hold\":\"dry-run\""); })) << harness.log();
  harness.run_ticks(3);
  EXPECT_TRUE(harness.requests("start").empty());
  EXPECT_NE(harness.page("/metrics").find("fas_held{app=\"worker\"} 1"), std::string::npos);
}

TEST(Policies, AFullRegionIsLeftForTheNext) {
  Harness harness;
  sim::Options options = Harness::quick(1, MachineState::kStarted);
  options.world.regions.set_capacity("fra", 0);
  harness.start_sim(std::move(options));
  harness.start_daemon("created-machine-count: \"4\"\nregions: [\"fra\", \"iad\"]");
  ASSERT_TRUE(harness.run_until([&] { return harness.machines() == 4; })) << harness.log();
  EXPECT_TRUE(harness.logged("no room for a new machine")) << harness.log();
}

}  // namespace
}  // namespace fas::test
