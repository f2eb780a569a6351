// The real binary: signals, reload, exit statuses, output.
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "tests/integration/harness.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace fas::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const std::string kBinary = FAS_BINARY_DIR "/fly-autoscaler";

// The daemon's environment, with nothing of the test's own FAS_ variables.
std::map<std::string, std::string> environment_for(const Harness& harness, std::uint16_t port) {
  return {{"FLY_FLAPS_BASE_URL", harness.sim().url()},
          {"FLY_API_BASE_URL", harness.sim().url()},
          {"FAS_API_TOKEN", "fm2_test"},
          {"FAS_LISTEN", "127.0.0.1:" + std::to_string(port)},
          {"FAS_APP_NAME", "worker"},
          {"FAS_INTERVAL", "100ms"},
          {"FAS_API_RATE_LIMITS", "false"}};
}

TEST(Process, SigtermAndSigintEndItCleanlyWithinASecond) {
  for (const int signal : {SIGTERM, SIGINT}) {
    Harness harness;
    sim::Options options = Harness::quick(300);
    options.api.latency = sim::Spread(milliseconds(300));
    harness.start_sim(std::move(options));
    auto environment = environment_for(harness, free_port());
    environment["FAS_STARTED_MACHINE_COUNT"] = "300";
    Process daemon({kBinary, "serve"}, {.environment = environment});
    // In the middle of a bulk start: some calls are done, some under way, most still to come.
    ASSERT_TRUE(harness.run_until([&] { return !harness.requests("start").empty(); }));
    daemon.signal(signal);
    const auto sent = std::chrono::steady_clock::now();
    ASSERT_TRUE(harness.run_until([&] { return daemon.exit_status().has_value(); }));
    EXPECT_LT(std::chrono::steady_clock::now() - sent, seconds(1));
    EXPECT_EQ(daemon.exit_status(), 0);
    EXPECT_LT(harness.requests("start").size(), 300);
    for (const sim::LoggedRequest& start : harness.requests("start")) EXPECT_EQ(start.status, 200);
  }
}

TEST(Process, SighupReloadsAndKeepsTheOldConfigurationWhenTheNewIsBad) {
  Harness harness;
  harness.start_sim(Harness::quick(4));
  const TempDir folder;
  const std::string config = folder.write("fas.yml", "started-machine-count: \"1\"\n");
  Process daemon({kBinary, "serve", "-config", config},
                 {.environment = environment_for(harness, free_port()), .output_file = folder.file("log")});
  ASSERT_TRUE(harness.run_until([&] { return harness.count(MachineState::kStarted) == 1; }));

  folder.write("fas.yml", "started-machine-count: \"queue_depth +\"\n");
  daemon.signal(SIGHUP);
  ASSERT_TRUE(harness.run_until(
      [&] { return read_file(folder.file("log")).find("cannot reload the configuration") != std::string::npos; }));
  EXPECT_EQ(harness.count(MachineState::kStarted), 1);

  folder.write("fas.yml", "started-machine-count: \"3\"\n");
  daemon.signal(SIGHUP);
  EXPECT_TRUE(harness.run_until([&] { return harness.count(MachineState::kStarted) == 3; }))
      << read_file(folder.file("log"));
  EXPECT_EQ(daemon.stop(), 0);
}

TEST(Process, EveryEnvironmentVariableOfTheGoProgramCounts) {
  Harness harness;
  harness.start_sim(Harness::quick(1, MachineState::kStarted));
  auto environment = environment_for(harness, free_port());
  environment.merge(std::map<std::string, std::string>{{"FAS_ORG", "acme"},
                                                       {"FAS_REGIONS", "fra,syd"},
                                                       {"FAS_PROCESS_GROUP", "app"},
                                                       {"FAS_MIN_CREATED_MACHINE_COUNT", "3"},
                                                       {"FAS_MAX_CREATED_MACHINE_COUNT", "4"},
                                                       {"FAS_MIN_STARTED_MACHINE_COUNT", "0"},
                                                       {"FAS_MAX_STARTED_MACHINE_COUNT", "9"},
                                                       {"FAS_INITIAL_MACHINE_STATE", "stopped"},
                                                       {"FAS_CONCURRENCY", "2"},
                                                       {"FAS_TIMEOUT", "3s"},
                                                       {"FAS_APP_LIST_REFRESH_INTERVAL", "10s"}});
  environment["FAS_APP_NAME"] = "work*";
  Process daemon({kBinary, "serve"}, {.environment = environment});
  ASSERT_TRUE(harness.run_until([&] { return harness.count(MachineState::kStopped) == 2; }));
  std::vector<std::string> regions;
  for (const auto& [index, machine] : harness.app().machines) regions.push_back(machine.region);
  EXPECT_EQ(regions, (std::vector<std::string>{"iad", "fra", "syd"}));
  EXPECT_EQ(daemon.stop(), 0);
}

TEST(Process, AnOccupiedPortIsAnErrorAndNotACrash) {
  Harness harness;
  harness.start_sim(Harness::quick(1));
  const TempDir folder;
  auto environment = environment_for(harness, harness.sim().port());
  environment["FAS_STARTED_MACHINE_COUNT"] = "1";
  Process daemon({kBinary, "serve"}, {.environment = environment, .output_file = folder.file("log")});
  ASSERT_TRUE(harness.run_until([&] { return daemon.exit_status().has_value(); }));
  EXPECT_EQ(daemon.exit_status(), 1);
  EXPECT_TRUE(read_file(folder.file("log")).starts_with("ERROR: ")) << read_file(folder.file("log"));
}

TEST(Process, EvalPrintsTheGoProgramsJson) {
  const TempDir folder;
  Process eval({kBinary, "eval"}, {.environment = {{"FAS_APP_NAME", "worker"},
                                                   {"FAS_CREATED_MACHINE_COUNT", "2.5"},
                                                   {"FAS_MIN_STARTED_MACHINE_COUNT", "0"},
                                                   {"FAS_MAX_STARTED_MACHINE_COUNT", "7 / 2"}},
                                   .stdout_file = folder.file("out")});
  EXPECT_EQ(eval.wait(), 0);
  EXPECT_EQ(read_file(folder.file("out")), R"({
  "created": {
    "min": 3,
    "max": 3
  },
  "started": {
    "min": 0,
    "max": 4
  }
}
)");
}

}  // namespace
}  // namespace fas::test
