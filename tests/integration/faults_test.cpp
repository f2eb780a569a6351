// The Go program's weak spots, and everything that an API can do wrong.
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "tests/integration/harness.h"
#include "tests/support/raw_server.h"

namespace fas::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

sim::FaultRule fault(sim::FaultKind kind, std::string action, int count = -1) {
  return {.kind = kind, .action = std::move(action), .count = count};
}

std::string collector(const std::string& url) {
  return "started-machine-count: \"depth\"\nmetric-collectors:\n- { type: http, metric-name: depth, url: \"" + url +
         "\", value: \"/depth\" }\n";
}

TEST(WeakSpots, ALostReplyOnCreateDoesNotDoubleAMachine) {
  for (const sim::FaultKind kind : {sim::FaultKind::kResetAfter, sim::FaultKind::kErrorAfter}) {
    Harness harness;
    harness.start_sim(Harness::quick(1, MachineState::kStarted));
    harness.api().faults().add(fault(kind, "create", 3));
    harness.start_daemon("created-machine-count: \"6\"");
    ASSERT_TRUE(harness.run_until([&] { return harness.machines() == 6; })) << harness.log();
    harness.run_ticks(8);
    EXPECT_EQ(harness.machines(), 6) << to_string(kind) << "\n" << harness.log();
  }
}

TEST(WeakSpots, ALostReplyOnCreateDoesNotDoubleAMachineThoughTheListIsStale) {
  sim::Options options = Harness::quick(1, MachineState::kStarted);
  options.world.stale_list = seconds(2);
  Harness harness;
  harness.start_sim(std::move(options));
  harness.api().faults().add(fault(sim::FaultKind::kResetAfter, "create", 2));
  harness.start_daemon("created-machine-count: \"4\"");
  ASSERT_TRUE(harness.run_until([&] { return harness.machines() == 4; })) << harness.log();
  harness.run_ticks(25);
  EXPECT_EQ(harness.machines(), 4) << harness.log();
}

TEST(WeakSpots, CreatesThatFailAreBoundedPerTick) {
  Harness harness;
  harness.start_sim(Harness::quick(1, MachineState::kStarted));
  harness.api().faults().add(fault(sim::FaultKind::kErrorBefore, "create"));
  harness.start_daemon("created-machine-count: \"4\"\ninterval: 1h");
  harness.run_ticks(1);
  EXPECT_EQ(harness.requests("create").size(), 3) << harness.log();
  EXPECT_EQ(harness.machines(), 1);
  EXPECT_TRUE(harness.logged("cannot create machine"));
}

TEST(WeakSpots, SixtyStartsRunSideBySide) {
  sim::Options options = Harness::quick(60);
  options.api.latency = sim::Spread(milliseconds(250));
  Harness harness;
  harness.start_sim(std::move(options));
  harness.start_daemon("started-machine-count: \"60\"");
  ASSERT_TRUE(harness.run_until([&] { return harness.requests("start").size() == 60; })) << harness.log();
  const std::vector<sim::LoggedRequest> starts = harness.requests("start");
  const auto [first, last] = std::ranges::minmax(starts, {}, &sim::LoggedRequest::time);
  // One after the other they would begin within 15 s.
  EXPECT_LT(last.time - first.time, seconds(2) - milliseconds(250));
}

TEST(WeakSpots, AHangingMetricDoesNotDelayTheNextTickBeyondTheTimeout) {
  Harness harness;
  RawServer hanging(harness.loop, [](const RawRequest&) { return RawReply{.then = RawReply::Then::kHang}; });
  harness.start_sim(Harness::quick(1));
  harness.start_daemon(collector(hanging.url()) + "timeout: 300ms\n");
  harness.run_ticks(3);
  EXPECT_TRUE(harness.logged("metric collection failed")) << harness.log();
  EXPECT_GE(hanging.requests().size(), 3);
}

TEST(WeakSpots, TheFirstTickComesAtOnce) {
  Harness harness;
  harness.start_sim(Harness::quick(1));
  harness.start_daemon("started-machine-count: \"1\"\ninterval: 1h");
  EXPECT_TRUE(harness.run_until([&] { return harness.count(MachineState::kStarted) == 1; })) << harness.log();
}

TEST(WeakSpots, PassingStatesAreCounted) {
  sim::Options options = Harness::quick(10);
  options.world.boot_time = sim::Spread(seconds(2));
  options.world.stop_time = sim::Spread(seconds(2));
  Harness harness;
  harness.start_sim(std::move(options));
  harness.start_daemon("started-machine-count: \"3\"");
  ASSERT_TRUE(harness.run_until([&] { return harness.count(MachineState::kStarted) == 3; })) << harness.log();
  harness.run_ticks(3);
  EXPECT_EQ(harness.requests("start").size(), 3);
  EXPECT_EQ(harness.requests("stop").size(), 0);
}

// Two seconds: a client that does not read Retry-After and waits for the second that is documented comes too early.
TEST(WeakSpots, RateLimitsOfTheApiAreHonoured) {
  struct Case {
    const char* action;
    const char* yaml;
    MachineState machines;
  };
  for (const Case& c : {Case{"list", "started-machine-count: \"3\"", MachineState::kStopped},
                        Case{"start", "started-machine-count: \"3\"", MachineState::kStopped},
                        Case{"stop", "started-machine-count: \"0\"", MachineState::kStarted},
                        Case{"create", "created-machine-count: \"4\"", MachineState::kStarted},
                        Case{"destroy", "created-machine-count: \"2\"", MachineState::kStopped}}) {
    SCOPED_TRACE(c.action);
    Harness harness;
    harness.start_sim(Harness::quick(3, c.machines));
    sim::FaultRule limited = fault(sim::FaultKind::kRateLimited, c.action, 1);
    limited.retry_after = 2;
    harness.api().faults().add(limited);
    harness.start_daemon(c.yaml);
    // Limits count by machine, or by app where the call names none, and so do paths: the refused request, and those
    // that come to its path after it.
    const auto refused_and_later = [&] {
      std::vector<sim::LoggedRequest> requests = harness.requests(c.action);
      const auto refused = std::ranges::find(requests, 429, &sim::LoggedRequest::status);
      requests.erase(requests.begin(), refused);
      std::erase_if(requests, [path = requests.empty() ? "" : requests.front().path](const auto& request) {
        return request.path != path;
      });
      return requests;
    };
    ASSERT_TRUE(harness.run_until([&] { return refused_and_later().size() > 1; })) << harness.log();
    const std::vector<sim::LoggedRequest> requests = refused_and_later();
    EXPECT_GE(requests[1].time - requests[0].time, seconds(2)) << harness.log();
    EXPECT_EQ(requests[1].status, 200) << harness.log();
  }
}

TEST(WeakSpots, DocumentedLimitsAreKeptBeforeTheApiHasToSaySo) {
  sim::Options options = Harness::quick(1, MachineState::kStarted);
  options.api.rate_limits = true;
  Harness harness;
  harness.start_sim(std::move(options));
  harness.start_daemon("created-machine-count: \"6\"\ninterval: 2s\ntimeout: 10s\napi-rate-limits: true");
  ASSERT_TRUE(harness.run_until([&] { return harness.machines() == 6; })) << harness.log();
  for (const sim::LoggedRequest& create : harness.requests("create")) EXPECT_NE(create.status, 429) << harness.log();
}

TEST(WeakSpots, AnUnknownFieldTypeInAMachineDoesNotStopTheTicks) {
  Harness harness;
  harness.start_sim();
  const std::string id = harness.add_machine(MachineState::kStopped);
  sim::Machine& machine = *sim::World::find_machine(harness.app(), id);
  machine.config.json =
      R"({"image":"a/b:c","metadata":{"fly_process_group":"app"},"services":[{"autostop":"suspend"}],"mounts":7,"standbys":{}})";
  machine.json.clear();
  harness.world().touch(harness.app(), machine);
  harness.start_daemon("started-machine-count: \"1\"");
  EXPECT_TRUE(harness.run_until([&] { return harness.count(MachineState::kStarted) == 1; })) << harness.log();
}

TEST(Faults, AMixOfThemEndsAtTheTarget) {
  sim::Options options = Harness::quick(2, MachineState::kStarted);
  options.world.seed = 7;
  options.api.fault_rate = 0.2;
  Harness harness;
  harness.start_sim(std::move(options));
  harness.start_daemon("created-machine-count: \"8\"\nstarted-machine-count: \"8\"");
  ASSERT_TRUE(harness.run_until([&] { return harness.count(MachineState::kStarted) == 8; })) << harness.log();
  harness.api().faults().clear();
  harness.run_ticks(5);
  EXPECT_EQ(harness.machines(), 8) << harness.log();
}

TEST(Secrets, NeverShowInTheLog) {
  Harness harness;
  RawServer server(harness.loop, [](const RawRequest&) { return http_reply(401, "{\"error\":\"who are you\"}"); });
  harness.start_sim(Harness::quick(1));
  harness.api().faults().add(fault(sim::FaultKind::kErrorBefore, "*"));
  harness.start_daemon(
      "verbose: true\napi-token: \"fm2_PLANTED\"\nstarted-machine-count: \"depth\"\nmetric-collectors:\n"
      "- { type: http, metric-name: depth, url: \"http://user:PLANTED@127.0.0.1:" +
      std::to_string(server.port()) + "/x?key=PLANTED\", value: /depth, token: PLANTED }\n");
  harness.run_ticks(3);
  EXPECT_TRUE(harness.logged("metric collection failed"));
  EXPECT_FALSE(harness.logged("PLANTED")) << harness.log();
}

}  // namespace
}  // namespace fas::test
