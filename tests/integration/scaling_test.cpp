// What the daemon does to the machines of one app, over HTTP.
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "sim/lifecycle.h"
#include "tests/integration/harness.h"

namespace fas::test {
namespace {

using nlohmann::json;

TEST(Scaling, StartsMachines) {
  Harness harness;
  harness.start_sim(Harness::quick(5));
  harness.start_daemon("started-machine-count: \"3\"");
  EXPECT_TRUE(harness.run_until([&] { return harness.count(MachineState::kStarted) == 3; })) << harness.log();
  harness.run_ticks(5);
  EXPECT_EQ(harness.requests("start").size(), 3);
  EXPECT_EQ(harness.count(MachineState::kStarted), 3);
}

TEST(Scaling, StopsMachinesDownToZero) {
  Harness harness;
  harness.start_sim(Harness::quick(4, MachineState::kStarted));
  harness.start_daemon("started-machine-count: \"0\"");
  EXPECT_TRUE(harness.run_until([&] { return harness.count(MachineState::kStopped) == 4; })) << harness.log();
  EXPECT_EQ(harness.requests("stop").size(), 4);
  EXPECT_EQ(harness.machines(), 4);
}

TEST(Scaling, SuspendedMachinesAreStarted) {
  Harness harness;
  harness.start_sim();
  harness.add_machine(MachineState::kSuspended);
  harness.add_machine(MachineState::kSuspended);
  harness.start_daemon("started-machine-count: \"2\"");
  EXPECT_TRUE(harness.run_until([&] { return harness.count(MachineState::kStarted) == 2; })) << harness.log();
}

TEST(Scaling, CreatesClonesInRegionsRoundRobin) {
  Harness harness;
  harness.start_sim();
  // What the Go program choked on, what it did not know, and a number that a double cannot hold.
  const std::string id = harness.add_machine(MachineState::kStarted);
  sim::Machine& source = *sim::World::find_machine(harness.app(), id);
  source.config.json =
      R"({"image":"registry.fly.io/worker:deployment-1","guest":{"cpu_kind":"shared","cpus":1,"memory_mb":256},)"
      R"("metadata":{"fly_process_group":"app"},"services":[{"internal_port":8080,"autostop":"suspend"}],)"
      R"("future":{"deep":[1,{"x":null}]},"big":12345678901234567890})";
  source.json.clear();
  harness.world().touch(harness.app(), source);
  harness.start_daemon("created-machine-count: \"6\"\nregions: [\"iad\", \"fra\", \"syd\"]");
  ASSERT_TRUE(harness.run_until([&] { return harness.machines() == 6; })) << harness.log();
  harness.run_ticks(3);
  EXPECT_EQ(harness.machines(), 6);

  const std::vector<sim::LoggedRequest> creates = harness.requests("create");
  ASSERT_EQ(creates.size(), 5);
  std::vector<std::string> regions;
  std::set<std::string> names;
  for (const sim::LoggedRequest& create : creates) {
    const json body = json::parse(create.body);
    regions.push_back(body["region"]);
    names.insert(body["name"].get<std::string>());
    json config = body["config"];
    EXPECT_TRUE(config["image"].get<std::string>().starts_with("registry.fly.io/worker")) << config;
    EXPECT_EQ(config["services"][0]["autostop"], "suspend");
    EXPECT_EQ(config["future"], json::parse(R"({"deep":[1,{"x":null}]})"));
    EXPECT_NE(create.body.find("12345678901234567890"), std::string::npos) << create.body;
  }
  std::ranges::sort(regions);
  EXPECT_EQ(regions, (std::vector<std::string>{"fra", "fra", "iad", "iad", "syd"}));
  EXPECT_EQ(names.size(), 5);
}

TEST(Scaling, CreatedMachinesStayStoppedWhenAskedTo) {
  Harness harness;
  harness.start_sim(Harness::quick(1, MachineState::kStarted));
  harness.start_daemon("created-machine-count: \"3\"\ninitial-machine-state: stopped");
  ASSERT_TRUE(harness.run_until([&] { return harness.count(MachineState::kStopped) == 2; })) << harness.log();
  EXPECT_EQ(harness.count(MachineState::kStarted), 1);
}

TEST(Scaling, DestroysStoppedBeforeStartedAndKeepsTheLast) {
  Harness harness;
  harness.start_sim();
  harness.add_machine(MachineState::kStarted);
  harness.add_machine(MachineState::kStopped);
  harness.add_machine(MachineState::kStarted);
  harness.add_machine(MachineState::kStopped);
  harness.start_daemon("created-machine-count: \"2\"");
  ASSERT_TRUE(harness.run_until([&] { return harness.machines() == 2; })) << harness.log();
  EXPECT_EQ(harness.count(MachineState::kStarted), 2);
}

TEST(Scaling, TheLastMachineIsNeverDestroyed) {
  Harness harness;
  harness.start_sim(Harness::quick(3));
  harness.start_daemon("created-machine-count: \"0\"");
  ASSERT_TRUE(harness.run_until([&] { return harness.machines() == 1; })) << harness.log();
  harness.run_ticks(5);
  EXPECT_EQ(harness.machines(), 1);
}

TEST(Scaling, OnlyTheConfiguredProcessGroupIsTouched) {
  Harness harness;
  harness.start_sim();
  const std::string mine = harness.add_machine(MachineState::kStopped, "worker");
  harness.add_machine(MachineState::kStopped, "app");
  harness.add_machine(MachineState::kStopped, "fly_app_console");
  harness.start_daemon("started-machine-count: \"3\"\nprocess-group: worker");
  ASSERT_TRUE(harness.run_until([&] { return harness.count(MachineState::kStarted) == 1; })) << harness.log();
  harness.run_ticks(5);
  EXPECT_EQ(harness.count(MachineState::kStarted), 1);
  EXPECT_EQ(sim::World::find_machine(harness.app(), mine)->state, MachineState::kStarted);
}

TEST(Scaling, MachinesOnAnUnreachableHostDoNotCount) {
  Harness harness;
  harness.start_sim();
  const std::string lost = harness.add_machine(MachineState::kStarted);
  harness.add_machine(MachineState::kStopped);
  sim::Machine& machine = *sim::World::find_machine(harness.app(), lost);
  machine.host_status = "unreachable";
  harness.world().touch(harness.app(), machine);
  harness.start_daemon("started-machine-count: \"1\"");
  ASSERT_TRUE(harness.run_until([&] { return harness.count(MachineState::kStarted) == 2; })) << harness.log();
  for (const sim::LoggedRequest& start : harness.requests("start")) {
    EXPECT_EQ(start.path.find(lost), std::string::npos);
  }
}

TEST(Scaling, AReleaseInProgressHoldsTheApp) {
  Harness harness;
  harness.start_sim(Harness::quick(2));
  harness.app().release_status = "running";
  harness.start_daemon("started-machine-count: \"2\"");
  harness.run_ticks(5);
  EXPECT_EQ(harness.requests("start").size(), 0);
  EXPECT_TRUE(harness.logged("release in progress, skipping reconciliation")) << harness.log();
  harness.app().release_status = "complete";
  EXPECT_TRUE(harness.run_until([&] { return harness.count(MachineState::kStarted) == 2; })) << harness.log();
}

TEST(Scaling, AMachineThatSomebodyLeasesIsLeftAlone) {
  Harness harness;
  harness.start_sim(Harness::quick(2));
  sim::Machine& leased = harness.app().machines.begin()->second;
  leased.lease = sim::Lease{.nonce = "theirs", .owner = "somebody", .expires = std::chrono::hours(1)};
  harness.world().touch(harness.app(), leased);
  harness.start_daemon("started-machine-count: \"2\"");
  ASSERT_TRUE(harness.run_until([&] { return harness.count(MachineState::kStarted) == 1; })) << harness.log();
  harness.run_ticks(5);
  EXPECT_EQ(leased.state, MachineState::kStopped);
  EXPECT_EQ(harness.requests("start").size(), 1);
}

TEST(Scaling, AWildcardFollowsAnOrganisationOfSeveralPages) {
  sim::Options options = Harness::quick();
  options.apps.clear();
  for (int i = 0; i < 450; ++i) {
    options.apps.push_back(
        {.app = {.name = "worker-" + std::to_string(i), .org = "acme", .workload = {}}, .machines = 1});
  }
  options.apps.push_back({.app = {.name = "web", .org = "acme", .workload = {}}, .machines = 1});
  Harness harness;
  harness.start_sim(std::move(options));
  harness.start_daemon(
      "app-name: \"worker-*\"\norg: acme\nconcurrency: 50\nstarted-machine-count: \"1\"\ninterval: 1s");
  const auto all_started = [&] {
    for (int i = 0; i < 450; ++i) {
      if (harness.count(MachineState::kStarted, "worker-" + std::to_string(i)) != 1) return false;
    }
    return true;
  };
  ASSERT_TRUE(harness.run_until(all_started));
  EXPECT_EQ(harness.count(MachineState::kStarted, "web"), 0);
  EXPECT_EQ(harness.daemon().schedulers().apps().size(), 450);
}

TEST(Scaling, TheServersPagesTellWhatIsGoingOn) {
  Harness harness;
  harness.start_sim(Harness::quick(3));
  harness.start_daemon("started-machine-count: \"2\"");
  ASSERT_TRUE(harness.run_until([&] { return harness.count(MachineState::kStarted) == 2; })) << harness.log();
  harness.run_ticks(2);
  const std::string metrics = harness.page("/metrics");
  for (const char* line : {"fas_machine_start_count{status=\"ok\"} 2\n", "fas_reconcile_count{status=\"start\"} 1\n",
                           "fas_target_machines{app=\"worker\",bound=\"min\",kind=\"started\"} 2\n",
                           "fas_machines{app=\"worker\",state=\"started\"} 2\n", "# TYPE fas_reconcile_count counter\n",
                           "fas_api_requests_total{api=\"machines\",call=\"list\",code=\"200\"} "}) {
    EXPECT_NE(metrics.find(line), std::string::npos) << line << "is missing in\n" << metrics;
  }
  EXPECT_TRUE(harness.page("/healthz").starts_with("200 "));
  EXPECT_TRUE(harness.page("/readyz").starts_with("200 "));
  EXPECT_TRUE(harness.page("/nothing").starts_with("404 "));
}

}  // namespace
}  // namespace fas::test
