#include "cli/sim_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>
#include <vector>

namespace fas::cli {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

Result<SimSettings> read(const std::vector<std::string>& args) { return read_sim_settings(args); }

TEST(SimSettings, OneOrTwoDashesAlike) {
  for (const auto& args : std::initializer_list<std::vector<std::string>>{{"-listen", "127.0.0.1:0", "-seed", "7"},
                                                                          {"--listen", "127.0.0.1:0", "--seed", "7"},
                                                                          {"-listen=127.0.0.1:0", "--seed=7"}}) {
    const auto settings = read(args);
    ASSERT_TRUE(settings.has_value()) << settings.error().message;
    EXPECT_EQ(settings->options.listen, "127.0.0.1:0");
    EXPECT_EQ(settings->options.world.seed, 7U);
    ASSERT_EQ(settings->options.apps.size(), 1U);
    EXPECT_EQ(settings->options.apps[0].app.name, "worker");
  }
}

TEST(SimSettings, AppsAndWork) {
  const auto settings = read({"--apps",          "2",       "--app",      "web",
                              "--org",           "acme",    "--machines", "3",
                              "--initial-state", "started", "--regions",  "iad,fra",
                              "--capacity",      "iad=4",   "--profile",  "constant:3",
                              "--service-rate",  "0.5",     "--fault",    "hang:list=0.5",
                              "--no-rate-limits"});
  ASSERT_TRUE(settings.has_value()) << settings.error().message;
  const auto& apps = settings->options.apps;
  ASSERT_EQ(apps.size(), 3U);
  EXPECT_EQ(apps[0].app.name, "web");
  EXPECT_EQ(apps[1].app.name, "app-0001");
  EXPECT_EQ(apps[2].app.org, "acme");
  EXPECT_EQ(apps[2].machines, 3);
  EXPECT_EQ(apps[2].state, MachineState::kStarted);
  EXPECT_EQ(apps[2].app.workload.profile.rate_at(1s), 3);
  EXPECT_EQ(apps[2].app.workload.service_rate, 0.5);
  EXPECT_EQ(settings->options.world.regions.names(), (std::vector<std::string>{"iad", "fra"}));
  EXPECT_FALSE(settings->options.api.rate_limits);
  ASSERT_EQ(settings->options.api.faults.size(), 1U);
}

TEST(SimSettings, TraceFromAFile) {
  const auto path = std::filesystem::path(testing::TempDir()) / "sim_trace.csv";
  std::ofstream(path) << "seconds,jobs\n0,1\n60,5\n";
  const auto settings = read({"--trace", path.string()});
  ASSERT_TRUE(settings.has_value()) << settings.error().message;
  EXPECT_EQ(settings->options.apps[0].app.workload.profile.rate_at(61s), 5);
  std::filesystem::remove(path);
  EXPECT_FALSE(read({"--trace", path.string()}).has_value());
}

TEST(SimSettings, MistakesAreNamed) {
  for (const auto& [args, message] : std::initializer_list<std::pair<std::vector<std::string>, const char*>>{
           {{"--nonsense"}, "nonsense"},
           {{"--boot-time", "soon"}, "--boot-time: \"soon\""},
           {{"--capacity", "iad"}, "REGION=MACHINES"},
           {{"--profile", "ramp:1"}, "unknown profile"},
           {{"--fault", "explode=1"}, "the kinds are"},
           {{"--stale-list", "x"}, "--stale-list"},
           {{"--fault-rate", "2"}, "--fault-rate"},
           {{"stray"}, "stray"}}) {
    const auto settings = read(args);
    ASSERT_FALSE(settings.has_value()) << args[0];
    EXPECT_THAT(settings.error().message, HasSubstr(message));
  }
}

TEST(SimCommand, HelpAndErrors) {
  std::ostringstream out;
  std::ostringstream err;
  const std::vector<std::string> help = {"-help"};
  EXPECT_EQ(run_sim(help, out, err), 0);
  EXPECT_THAT(out.str(), HasSubstr("--service-rate"));
  const std::vector<std::string> bad = {"-listen", "nowhere"};
  EXPECT_EQ(run_sim(bad, out, err), 1);
  EXPECT_THAT(err.str(), HasSubstr("ERROR: listen address \"nowhere\""));
}

TEST(SimCommand, TellsItsPortAndEndsOnSigterm) {
  const auto path = std::filesystem::path(testing::TempDir()) / "sim_command_port";
  std::filesystem::remove(path);
  std::ostringstream out;
  std::ostringstream err;
  int status = -1;
  std::thread thread([&] {
    const std::vector<std::string> args = {"-listen", "127.0.0.1:0", "-port-file", path.string()};
    status = run_sim(args, out, err);
  });
  while (!std::filesystem::exists(path)) std::this_thread::yield();
  int port = 0;
  std::ifstream(path) >> port;
  EXPECT_GT(port, 0);
  std::raise(SIGTERM);  // caught: the port is told after the signals are taken over
  thread.join();
  EXPECT_EQ(status, 0);
  EXPECT_THAT(err.str(),
              HasSubstr("\"msg\":\"simulator listening\",\"url\":\"http://127.0.0.1:" + std::to_string(port)));
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace fas::cli
