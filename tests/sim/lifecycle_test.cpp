// The Machines API over a world on virtual time.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sim/direct_call.h"

namespace fas::sim {
namespace {

using namespace std::chrono_literals;
using enum MachineState;
using testing::HasSubstr;

constexpr const char* kMachines = "/v1/apps/worker/machines";

TEST(Lifecycle, StartTakesItsTime) {
  SimFixture sim;
  const auto reply = call(sim.api, "POST", sim.path(0, "start"));
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(json_of(reply)["previous_state"], "stopped");
  EXPECT_EQ(sim.state(0), kStarting);
  pass(sim.world, 999ms);
  EXPECT_EQ(sim.state(0), kStarting);
  pass(sim.world, 1ms);
  EXPECT_EQ(sim.state(0), kStarted);
}

TEST(Lifecycle, WhichChangesWhichStatesAllow) {
  struct Case {
    MachineState state;
    int start, stop, suspend, destroy;
  };
  for (const Case& c : std::initializer_list<Case>{{kStopped, 200, 412, 412, 200},
                                                   {kStarted, 412, 200, 200, 412},
                                                   {kSuspended, 200, 200, 412, 200},
                                                   {kCreated, 200, 412, 412, 200},
                                                   {kFailed, 412, 412, 412, 200},
                                                   {kStarting, 412, 412, 412, 412},
                                                   {kStopping, 412, 412, 412, 412},
                                                   {kDestroyed, 404, 404, 404, 404}}) {
    const struct {
      const char *method, *verb;
      int status;
    } calls[] = {{"POST", "start", c.start},
                 {"POST", "stop", c.stop},
                 {"POST", "suspend", c.suspend},
                 {"DELETE", "", c.destroy}};
    for (const auto& [method, verb, status] : calls) {
      SimFixture sim(1, c.state);
      EXPECT_EQ(call(sim.api, method, sim.path(0, verb)).status, status) << to_string(c.state) << " " << method << verb;
    }
  }
}

TEST(Lifecycle, StopSuspendResumeDestroy) {
  SimFixture sim(1, kStarted);
  EXPECT_EQ(call(sim.api, "POST", sim.path(0, "suspend")).body, R"({"ok":true})");
  EXPECT_EQ(sim.state(0), kSuspending);
  pass(sim.world, 500ms);
  EXPECT_EQ(sim.state(0), kSuspended);
  call(sim.api, "POST", sim.path(0, "start"));
  pass(sim.world, 250ms);  // a quarter of the boot time
  EXPECT_EQ(sim.state(0), kStarted);
  call(sim.api, "POST", sim.path(0, "stop"), R"({"timeout":"30s"})");
  EXPECT_EQ(sim.state(0), kStopping);
  pass(sim.world, 500ms);
  EXPECT_EQ(sim.state(0), kStopped);
  call(sim.api, "DELETE", sim.path(0));
  EXPECT_EQ(sim.state(0), kDestroying);
  pass(sim.world, 200ms);
  EXPECT_EQ(json_of(call(sim.api, "GET", kMachines)).size(), 0U);
  EXPECT_EQ(json_of(call(sim.api, "GET", std::string(kMachines) + "?include_deleted=true")).size(), 1U);
  EXPECT_EQ(json_of(call(sim.api, "GET", sim.path(0)))["state"], "destroyed");
}

TEST(Lifecycle, ForcedDestroyTakesAStartedMachine) {
  for (const char* flag : {"?force=true", "?kill=true"}) {
    SimFixture sim(1, kStarted);
    EXPECT_EQ(call(sim.api, "DELETE", sim.path(0) + flag).status, 200) << flag;
    EXPECT_EQ(sim.state(0), kDestroying) << flag;
  }
}

TEST(Lifecycle, CreateEchoesTheConfigAndGoesThroughItsStates) {
  SimFixture sim(0);
  const std::string config =
      R"({"image":"registry.fly.io/worker:v1@sha256:abc","zeta":1.5,"services":[{"autostop":"suspend","x":null}],)"
      R"("big":18446744073709551615,"metadata":{"fly_process_group":"app"}})";
  const auto reply = call(sim.api, "POST", kMachines, R"({"name":"m1","region":"fra","config":)" + config + "}");
  ASSERT_EQ(reply.status, 200) << reply.body;
  EXPECT_THAT(reply.body, HasSubstr("\"config\":" + config)) << "byte for byte, in its order";
  const auto machine = json_of(reply);
  EXPECT_EQ(machine["state"], "created");
  EXPECT_EQ(machine["name"], "m1");
  EXPECT_EQ(machine["region"], "fra");
  EXPECT_EQ(machine["host_status"], "ok");
  EXPECT_EQ(machine["image_ref"]["registry"], "registry.fly.io");
  EXPECT_EQ(machine["image_ref"]["repository"], "worker");
  EXPECT_EQ(machine["image_ref"]["tag"], "v1");
  EXPECT_EQ(machine["image_ref"]["digest"], "sha256:abc");
  EXPECT_EQ(machine["created_at"], "2026-01-01T00:00:00.000Z");
  EXPECT_EQ(machine["id"].get<std::string>().size(), 14U);
  EXPECT_FALSE(machine.contains("nonce"));
  sim.ids.push_back(machine["id"]);
  EXPECT_EQ(call(sim.api, "POST", sim.path(0, "start")).status, 412) << "it is being launched";
  pass(sim.world, 200ms);
  EXPECT_EQ(sim.state(0), kStarting);
  pass(sim.world, 1s);
  EXPECT_EQ(sim.state(0), kStarted);
  EXPECT_EQ(json_of(call(sim.api, "GET", sim.path(0)))["events"][0]["type"], "start");
}

TEST(Lifecycle, SkipLaunchEndsStopped) {
  SimFixture sim(0);
  const auto reply = call(sim.api, "POST", kMachines, R"({"skip_launch":true,"lease_ttl":5,"config":{"image":"x"}})");
  sim.ids.push_back(json_of(reply)["id"]);
  EXPECT_TRUE(json_of(reply).contains("nonce"));
  pass(sim.world, 1h);
  EXPECT_EQ(sim.state(0), kStopped);
  EXPECT_FALSE(json_of(call(sim.api, "GET", sim.path(0))).contains("nonce")) << "the lease has run out";
}

TEST(Lifecycle, CreatesThatAreRefused) {
  WorldOptions options;
  options.regions = Regions({"iad", "fra"});
  options.regions.set_capacity("fra", 0);
  struct Case {
    const char* name;
    const char* body;
    int status;
    const char* message;
  };
  for (const Case& c : std::initializer_list<Case>{
           {"no JSON", "{", 400, "no JSON object"},
           {"no object", "[]", 400, "no JSON object"},
           {"no config", "{}", 422, "config is required"},
           {"config of a wrong type", R"({"config":"x"})", 422, "config is required"},
           {"no image", R"({"config":{}})", 422, "config.image is required"},
           {"unknown region", R"({"region":"xyz","config":{"image":"x"}})", 422, "does not exist"},
           {"full region", R"({"region":"fra","config":{"image":"x"}})", 422, "insufficient resources"},
           {"volume in use", R"({"config":{"image":"x","mounts":[{"volume":"vol_1","path":"/d"}]}})", 422, "vol_1"},
           {"name in use", R"({"name":"taken","config":{"image":"x"}})", 409, "already exists"},
       }) {
    SimFixture sim(0, kStopped, options);
    MachineConfig config;
    config.volumes = {"vol_1"};
    sim.world.add_machine(sim.app, "taken", "iad", config, kStopped);
    const auto reply = call(sim.api, "POST", kMachines, c.body);
    EXPECT_EQ(reply.status, c.status) << c.name;
    EXPECT_THAT(json_of(reply)["error"].get<std::string>(), HasSubstr(c.message)) << c.name;
    EXPECT_EQ(sim.app.machines.size(), 1U) << c.name;
  }
}

TEST(Lifecycle, ANameIsFreeAgainAfterItsMachineIsDestroyed) {
  SimFixture sim(0);
  const char* body = R"({"name":"m","config":{"image":"x"}})";
  sim.ids.push_back(json_of(call(sim.api, "POST", kMachines, body))["id"]);
  EXPECT_EQ(call(sim.api, "POST", kMachines, body).status, 409);
  call(sim.api, "DELETE", sim.path(0) + "?force=true");
  pass(sim.world, 1s);
  EXPECT_EQ(call(sim.api, "POST", kMachines, body).status, 200);
}

TEST(Lifecycle, BootFailures) {
  WorldOptions options;
  options.boot_failure_rate = 1;
  SimFixture sim(1, kStopped, options);
  call(sim.api, "POST", sim.path(0, "start"));
  sim.ids.push_back(json_of(call(sim.api, "POST", kMachines, R"({"config":{"image":"x"}})"))["id"]);
  pass(sim.world, 1200ms);
  EXPECT_EQ(sim.state(0), kFailed);
  EXPECT_EQ(sim.state(1), kLaunchFailed);
  pass(sim.world, 1s);
  EXPECT_EQ(sim.state(1), kDestroyed);
}

TEST(Lifecycle, AMachineThatDestroysItselfIsGoneWhenItStops) {
  SimFixture sim(0);
  const auto reply = call(sim.api, "POST", kMachines, R"({"config":{"image":"x","auto_destroy":true}})");
  sim.ids.push_back(json_of(reply)["id"]);
  pass(sim.world, 2s);
  call(sim.api, "POST", sim.path(0, "stop"));
  pass(sim.world, 2s);
  EXPECT_EQ(sim.state(0), kDestroyed);
}

TEST(Lifecycle, ListFilters) {
  SimFixture sim(2, kStarted);
  sim.world.add_machine(sim.app, "", "fra", SimFixture::default_worker_config(), kStopped);
  const std::string path = kMachines;
  EXPECT_EQ(json_of(call(sim.api, "GET", path)).size(), 3U);
  EXPECT_EQ(json_of(call(sim.api, "GET", path + "?state=started")).size(), 2U);
  EXPECT_EQ(json_of(call(sim.api, "GET", path + "?state=started,stopped")).size(), 3U);
  EXPECT_EQ(json_of(call(sim.api, "GET", path + "?region=fra&state=stopped")).size(), 1U);
  EXPECT_EQ(json_of(call(sim.api, "GET", path + "?region=fra&state=started")).size(), 0U);
}

TEST(Lifecycle, UnreachableHostHidesTheConfigAndRefusesChanges) {
  SimFixture sim;
  World::find_machine(sim.app, sim.ids[0])->host_status = "unreachable";
  sim.world.touch(sim.app, *World::find_machine(sim.app, sim.ids[0]));
  const auto machine = json_of(call(sim.api, "GET", kMachines))[0];
  EXPECT_EQ(machine["host_status"], "unreachable");
  EXPECT_FALSE(machine.contains("config"));
  EXPECT_TRUE(machine["incomplete_config"].is_object());
  EXPECT_EQ(call(sim.api, "POST", sim.path(0, "start")).status, 503);
}

TEST(Lifecycle, StaleListsLagBehind) {
  WorldOptions options;
  options.stale_list = 2s;
  SimFixture sim(1, kStopped, options);
  EXPECT_EQ(json_of(call(sim.api, "GET", kMachines))[0]["state"], "stopped");
  call(sim.api, "POST", sim.path(0, "start"));
  pass(sim.world, 1900ms);
  EXPECT_EQ(json_of(call(sim.api, "GET", kMachines))[0]["state"], "stopped");
  EXPECT_EQ(json_of(call(sim.api, "GET", sim.path(0)))["state"], "started");
  pass(sim.world, 100ms);
  EXPECT_EQ(json_of(call(sim.api, "GET", kMachines))[0]["state"], "started");
}

TEST(Lifecycle, Wait) {
  SimFixture sim;
  call(sim.api, "POST", sim.path(0, "start"));
  const Duration before = sim.world.now();
  EXPECT_EQ(call(sim.api, "GET", sim.path(0, "wait?state=started&timeout=60")).status, 200);
  EXPECT_EQ(sim.world.now() - before, 1s);
  const auto late = call(sim.api, "GET", sim.path(0, "wait?state=stopped&timeout=5"));
  EXPECT_EQ(late.status, 408);
  EXPECT_THAT(late.body, HasSubstr("failed to reach desired state, stopped, currently started"));
  EXPECT_EQ(sim.world.now() - before, 6s);
  EXPECT_EQ(call(sim.api, "GET", sim.path(0, "wait?state=confused")).status, 400);
  EXPECT_EQ(call(sim.api, "GET", "/v1/apps/worker/machines/0/wait").status, 404);
}

TEST(Lifecycle, Leases) {
  SimFixture sim;
  const auto taken = json_of(call(sim.api, "POST", sim.path(0, "lease?ttl=10")));
  EXPECT_EQ(taken["status"], "success");
  EXPECT_EQ(taken["data"]["expires_at"], 1767225610);
  const std::string nonce = taken["data"]["nonce"];
  const Headers mine = {{"fly-machine-lease-nonce", nonce}};
  EXPECT_EQ(call(sim.api, "POST", sim.path(0, "start")).status, 409);
  EXPECT_EQ(call(sim.api, "POST", sim.path(0, "lease")).status, 409);
  EXPECT_EQ(call(sim.api, "DELETE", sim.path(0, "lease")).status, 409);
  EXPECT_EQ(json_of(call(sim.api, "GET", kMachines))[0]["nonce"], nonce);
  EXPECT_EQ(call(sim.api, "POST", sim.path(0, "start"), "", mine).status, 200);
  pass(sim.world, 9s);
  EXPECT_EQ(call(sim.api, "POST", sim.path(0, "lease"), R"({"ttl":10})", mine).status, 200) << "prolonged";
  pass(sim.world, 9s);
  EXPECT_EQ(call(sim.api, "GET", sim.path(0, "lease")).status, 200);
  pass(sim.world, 1s);
  EXPECT_EQ(call(sim.api, "GET", sim.path(0, "lease")).status, 404) << "run out";
  EXPECT_FALSE(json_of(call(sim.api, "GET", kMachines))[0].contains("nonce"));
  EXPECT_EQ(call(sim.api, "DELETE", sim.path(0, "lease"), "", mine).status, 404);
  EXPECT_EQ(call(sim.api, "POST", sim.path(0, "lease?ttl=x")).status, 400);
}

TEST(Lifecycle, MetadataAndCordon) {
  SimFixture sim;
  EXPECT_EQ(call(sim.api, "POST", sim.path(0, "metadata/role"), R"({"value":"b"})").status, 200);
  EXPECT_EQ(json_of(call(sim.api, "GET", sim.path(0, "metadata")))["role"], "b");
  EXPECT_EQ(json_of(call(sim.api, "GET", sim.path(0)))["config"]["metadata"]["role"], "b");
  EXPECT_EQ(call(sim.api, "POST", sim.path(0, "metadata/role"), "7").status, 400);
  call(sim.api, "DELETE", sim.path(0, "metadata/role"));
  EXPECT_FALSE(json_of(call(sim.api, "GET", sim.path(0, "metadata"))).contains("role"));
  call(sim.api, "POST", sim.path(0, "cordon"));
  EXPECT_TRUE(json_of(call(sim.api, "GET", sim.path(0)))["cordoned"]);
  call(sim.api, "POST", sim.path(0, "uncordon"));
  EXPECT_FALSE(json_of(call(sim.api, "GET", sim.path(0))).contains("cordoned"));
}

TEST(Lifecycle, UpdateRestartsAStartedMachineWithItsNewConfig) {
  SimFixture sim(1, kStarted);
  EXPECT_EQ(call(sim.api, "POST", sim.path(0), R"({"config":{"image":"new:2"}})").status, 200);
  EXPECT_EQ(sim.state(0), kReplacing);
  pass(sim.world, 2s);
  EXPECT_EQ(sim.state(0), kStarted);
  EXPECT_EQ(json_of(call(sim.api, "GET", sim.path(0)))["image_ref"]["tag"], "2");
}

TEST(Lifecycle, OneSeedOneWorld) {
  auto run = [](std::uint64_t seed) {
    WorldOptions options;
    options.seed = seed;
    options.boot_time = *Spread::parse("lognormal:1s,0.7");
    SimFixture sim(3, kStopped, options);
    sim.world.set_workload(sim.app, {.profile = *Profile::parse("constant:5"), .service_rate = 2});
    for (std::size_t i = 0; i < 3; ++i) call(sim.api, "POST", sim.path(i, "start"));
    pass(sim.world, 60s);
    return sim.world.list_json(sim.app) + call(sim.api, "GET", "/sim/state").body;
  };
  EXPECT_EQ(run(1), run(1));
  EXPECT_NE(run(1), run(2));
}

}  // namespace
}  // namespace fas::sim
