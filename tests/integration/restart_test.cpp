// The real binary through the death of its process and of its disk.
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/integration/harness.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace fas::test {
namespace {

using std::chrono::milliseconds;

const std::string kBinary = FAS_BINARY_DIR "/fly-autoscaler";

std::map<std::string, std::string> environment_for(const Harness& harness, const std::string& state_dir) {
  std::map<std::string, std::string> environment = {{"FLY_FLAPS_BASE_URL", harness.sim().url()},
                                                    {"FLY_API_BASE_URL", harness.sim().url()},
                                                    {"FAS_API_TOKEN", "fm2_test"},
                                                    {"FAS_LISTEN", "127.0.0.1:" + std::to_string(free_port())},
                                                    {"FAS_APP_NAME", "worker"},
                                                    {"FAS_INTERVAL", "100ms"},
                                                    {"FAS_API_RATE_LIMITS", "false"}};
  if (!state_dir.empty()) environment["FAS_STATE_DIR"] = state_dir;
  return environment;
}

// With the app's every machine ever, those destroyed meanwhile included.
std::size_t ever_created(Harness& harness) { return harness.app().machines.size(); }

void kill_amid_a_bulk_create(const std::string& state_dir, std::size_t requests_before_the_kill) {
  Harness harness;
  sim::Options options = Harness::quick(1, MachineState::kStarted);
  options.api.latency = sim::Spread(milliseconds(200));
  harness.start_sim(std::move(options));
  auto environment = environment_for(harness, state_dir);
  environment["FAS_CREATED_MACHINE_COUNT"] = "50";
  {
    Process daemon({kBinary, "serve"}, {.environment = environment});
    // Some creates have had their effect, most are under way.
    ASSERT_TRUE(harness.run_until([&] { return ever_created(harness) > requests_before_the_kill; }));
    daemon.signal(SIGKILL);
    ASSERT_TRUE(harness.run_until([&] { return daemon.exit_status().has_value(); }));
  }
  const TempDir folder;
  Process daemon({kBinary, "serve"}, {.environment = environment, .output_file = folder.file("log")});
  const auto lists = [&] { return harness.requests("list").size(); };
  ASSERT_TRUE(harness.run_until([&] { return harness.machines() >= 50; })) << read_file(folder.file("log"));
  const std::size_t until = lists() + 5;
  ASSERT_TRUE(harness.run_until([&] { return lists() >= until; }));
  EXPECT_EQ(harness.machines(), 50);
  EXPECT_EQ(ever_created(harness), 50);
  EXPECT_EQ(daemon.stop(), 0);
}

TEST(Restart, KillNineAmidABulkCreateOfFiftyMakesExactlyFifty) {
  for (const std::size_t moment : {1U, 17U}) {
    const TempDir state;
    kill_amid_a_bulk_create(state.path().string(), moment);
  }
}

TEST(Restart, LikewiseWithoutAStateDir) { kill_amid_a_bulk_create("", 1); }

TEST(Restart, ADamagedHistoryIsMovedAsideAndTheScalingGoesOn) {
  const TempDir state;
  const TempDir folder;
  state.write("history.db", std::string(10'000, 'x'));
  Harness harness;
  harness.start_sim(Harness::quick(5));
  auto environment = environment_for(harness, state.path().string());
  environment["FAS_STARTED_MACHINE_COUNT"] = "3";
  Process daemon({kBinary, "serve"}, {.environment = environment, .output_file = folder.file("log")});
  EXPECT_TRUE(harness.run_until([&] { return harness.count(MachineState::kStarted) == 3; }));
  EXPECT_NE(read_file(folder.file("log")).find("corrupt"), std::string::npos) << read_file(folder.file("log"));
  EXPECT_EQ(daemon.stop(), 0);

  // What it did is in the new history.
  Process history({kBinary, "history", "-actions", "-state-dir", state.path().string()},
                  {.stdout_file = folder.file("history")});
  ASSERT_TRUE(history.wait());
  EXPECT_NE(read_file(folder.file("history")).find("start 3 machines"), std::string::npos)
      << read_file(folder.file("history"));
}

TEST(Restart, AStateDirThatCannotBeUsedIsNoReasonToStop) {
  const TempDir folder;
  const std::string in_the_way = folder.write("state", "a file where a folder should be");
  Harness harness;
  harness.start_sim(Harness::quick(5));
  auto environment = environment_for(harness, in_the_way);
  environment["FAS_STARTED_MACHINE_COUNT"] = "3";
  Process daemon({kBinary, "serve"}, {.environment = environment, .output_file = folder.file("log")});
  EXPECT_TRUE(harness.run_until([&] { return harness.count(MachineState::kStarted) == 3; }));
  EXPECT_NE(read_file(folder.file("log")).find("ERROR"), std::string::npos);
  EXPECT_EQ(daemon.stop(), 0);
}

TEST(Restart, ACooldownGoesOnAfterKillNine) {
  const TempDir state;
  const TempDir folder;
  Harness harness;
  harness.start_sim(Harness::quick(9));
  auto environment = environment_for(harness, state.path().string());
  const std::string first = folder.write("first.yml", "started-machine-count: \"2\"\nscale-up: { cooldown: \"1h\" }\n");
  const std::string then = folder.write("then.yml", "started-machine-count: \"7\"\nscale-up: { cooldown: \"1h\" }\n");
  {
    Process daemon({kBinary, "serve", "-config", first}, {.environment = environment});
    ASSERT_TRUE(harness.run_until([&] { return harness.count(MachineState::kStarted) == 2; }));
    const std::size_t until = harness.requests("list").size() + 3;  // by then it is on the disk
    ASSERT_TRUE(harness.run_until([&] { return harness.requests("list").size() >= until; }));
    daemon.signal(SIGKILL);
    ASSERT_TRUE(harness.run_until([&] { return daemon.exit_status().has_value(); }));
  }
  Process daemon({kBinary, "serve", "-config", then}, {.environment = environment, .output_file = folder.file("log")});
  const std::size_t until = harness.requests("list").size() + 5;
  ASSERT_TRUE(harness.run_until([&] { return harness.requests("list").size() >= until; }));
  EXPECT_EQ(harness.count(MachineState::kStarted), 2) << read_file(folder.file("log"));
  EXPECT_EQ(daemon.stop(), 0);
}

// A state-dir of one mebibyte, in a mount namespace of the daemon's own, seen from outside by its process id.
TEST(Restart, AFullDiskIsOutlasted) {
  Harness harness;
  harness.start_sim(Harness::quick(9));
  const TempDir folder;
  const TempDir state;
  auto environment = environment_for(harness, state.path().string());
  const std::string config = folder.write("fas.yml", "started-machine-count: \"2\"\n");
  const std::string mount = "mount -t tmpfs -o size=1m none \"$1\" || exit 77; exec \"$2\" serve -config \"$3\"";
  Process daemon(
      {"unshare", geteuid() == 0 ? "-m" : "-rm", "sh", "-c", mount, "sh", state.path().string(), kBinary, config},
      {.environment = environment, .output_file = folder.file("log")});
  const auto log_has = [&](std::string_view text) { return read_file(folder.file("log")).contains(text); };
  const bool runs =
      harness.run_until([&] { return harness.count(MachineState::kStarted) == 2 || daemon.exit_status().has_value(); });
  const int status = daemon.exit_status().value_or(0);
  if (status == 77 || status == 1) GTEST_SKIP() << "needs the right to mount a tmpfs";
  ASSERT_TRUE(runs) << read_file(folder.file("log"));

  const std::string volume = "/proc/" + std::to_string(daemon.pid()) + "/root" + state.path().string();
  std::ofstream(volume + "/ballast", std::ios::binary) << std::string(2U << 20U, 'x');  // as much as there is room for
  const auto scale_to = [&](int count) {
    folder.write("fas.yml", "started-machine-count: \"" + std::to_string(count) + "\"\n");
    daemon.signal(SIGHUP);
    return harness.run_until([&] { return harness.count(MachineState::kStarted) == count; });
  };
  for (int i = 0; i < 50 && !log_has("history cannot be written"); ++i) ASSERT_TRUE(scale_to(3 + i % 2));
  EXPECT_TRUE(log_has(R"("level":"ERROR","msg":"history cannot be written, keeping it in memory")"))
      << read_file(folder.file("log"));
  EXPECT_TRUE(scale_to(7));

  ASSERT_TRUE(std::filesystem::remove(volume + "/ballast"));
  EXPECT_TRUE(harness.run_until([&] { return log_has(R"("msg":"history is written again")"); }))
      << read_file(folder.file("log"));
  std::vector<std::string> inside = {"nsenter", "-t", std::to_string(daemon.pid()), "-m"};
  if (geteuid() != 0) inside.insert(inside.end(), {"-U", "--preserve-credentials"});
  inside.insert(inside.end(), {kBinary, "history", "-actions", "-state-dir", state.path().string()});
  Process history(std::move(inside), {.output_file = folder.file("history")});
  ASSERT_TRUE(history.wait());
  EXPECT_NE(read_file(folder.file("history")).find("start 2 machines"), std::string::npos)
      << read_file(folder.file("history"));
  EXPECT_EQ(daemon.stop(), 0);
}

}  // namespace
}  // namespace fas::test
