// `threads`: the whole daemon on several event loops, whose apps are to be as those of one.
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/integration/harness.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace fas::test {
namespace {

using Json = nlohmann::json;

const std::string kBinary = FAS_BINARY_DIR "/fly-autoscaler";
const std::string kToken = "a token of more than 16 characters";
constexpr int kApps = 24;
const std::string kYaml = "app-name: \"app-*\"\norg: acme\nconcurrency: 12\nthreads: 4\nadmin-token: \"" + kToken +
                          "\"\nstarted-machine-count: \"1\"\n";

std::string name_of(int app) { return "app-" + std::to_string(app); }

class Threads : public testing::Test {
 protected:
  void SetUp() override {
    sim::Options options = Harness::quick();
    options.apps.clear();
    for (int i = 0; i < kApps; ++i) {
      options.apps.push_back(
          {.app = {.name = name_of(i), .org = "acme", .workload = {}}, .machines = 3, .regions = {"iad"}});
    }
    harness_.start_sim(std::move(options));
  }

  bool all_have_started(int count) {
    return harness_.run_until([&] {
      for (int i = 0; i < kApps; ++i) {
        if (harness_.count(MachineState::kStarted, name_of(i)) != count) return false;
      }
      return true;
    });
  }
  net::HttpResponse change(const std::string& method, const std::string& path, std::string body = {}) {
    return harness_.ask(method, "/api/v1/" + path, {{"Authorization", "Bearer " + kToken}}, std::move(body));
  }
  Json get(const std::string& path) { return Json::parse(harness_.ask("GET", "/api/v1/" + path).body, nullptr, false); }

  TempDir state_;
  Harness harness_;
};

TEST_F(Threads, EveryAppIsScaledShownAndRecordedWhicheverLoopItIsOf) {
  harness_.start_daemon(kYaml);
  ASSERT_TRUE(all_have_started(1)) << harness_.log();
  EXPECT_TRUE(harness_.run_until([&] { return get("status")["states"]["ok"] == kApps; })) << get("status");
  EXPECT_EQ(get("apps")["total"], kApps);
  std::set<std::string> recorded;
  const Json decisions = get("decisions?actions=1");
  for (const Json& decision : decisions["decisions"]) recorded.insert(decision["app"].get<std::string>());
  EXPECT_EQ(recorded.size(), kApps) << decisions;
  for (int i = 0; i < kApps; ++i) {
    EXPECT_FALSE(get("apps/" + name_of(i) + "/samples")["at"].empty()) << i;
  }
  EXPECT_EQ(harness_.page("/readyz"), "200 {\"status\":\"ok\"}\n");
  const std::string page = harness_.page("/metrics");
  EXPECT_NE(page.find("fas_apps " + std::to_string(kApps)), std::string::npos) << page;
  EXPECT_NE(page.find("fas_machine_start_count{status=\"ok\"} " + std::to_string(kApps)), std::string::npos) << page;
  EXPECT_EQ(harness_.requests("start").size(), kApps) << "each once";
}

TEST_F(Threads, AnOperatorReachesEveryApp) {
  harness_.start_daemon(kYaml);
  ASSERT_TRUE(all_have_started(1)) << harness_.log();
  for (int i = 0; i < kApps; ++i) {
    const std::string app = "apps/" + name_of(i);
    const net::HttpResponse reply =
        change("PUT", app + "/override", R"({"started": 2, "for": "1h", "reason": "a load test"})");
    EXPECT_EQ(reply.status, 200) << reply.body;
    EXPECT_EQ(Json::parse(reply.body, nullptr, false)["override"]["reason"], "a load test") << reply.body;
  }
  ASSERT_TRUE(all_have_started(2)) << harness_.log();
  for (int i = 0; i < kApps; ++i) {
    EXPECT_EQ(change("DELETE", "apps/" + name_of(i) + "/override").status, 200);
    EXPECT_EQ(change("POST", "tick/" + name_of(i)).status, 202);
    EXPECT_EQ(get("apps/" + name_of(i) + "/plan")["decision"].is_object(), true);
  }
  ASSERT_TRUE(all_have_started(1)) << harness_.log();
  EXPECT_EQ(change("POST", "tick/app-99").status, 404);
}

TEST_F(Threads, AReloadIsEveryLoops) {
  const TempDir folder;
  const std::string config = folder.write("fas.yml", kYaml);
  const std::map<std::string, std::string> environment = {{"FLY_FLAPS_BASE_URL", harness_.sim().url()},
                                                          {"FLY_API_BASE_URL", harness_.sim().url()},
                                                          {"FAS_API_TOKEN", "fm2_test"},
                                                          {"FAS_INTERVAL", "100ms"},
                                                          {"FAS_LISTEN", "127.0.0.1:0"},
                                                          {"FAS_API_RATE_LIMITS", "false"}};
  Process daemon({kBinary, "serve", "-config", config},
                 {.environment = environment, .output_file = folder.file("log")});
  const auto log = [&] { return read_file(folder.file("log")); };
  const auto reload_with = [&](const std::string& yaml, const std::string& line) {
    folder.write("fas.yml", yaml);
    daemon.signal(SIGHUP);
    return harness_.run_until([&] { return log().find(line) != std::string::npos; });
  };
  ASSERT_TRUE(all_have_started(1)) << log();
  EXPECT_TRUE(reload_with("app-name: \"app-*\"\nstarted-machine-count: \"3 +\"\n", "keeping the old one")) << log();
  EXPECT_TRUE(reload_with("app-name: \"app-*\"\norg: acme\nthreads: 2\nconcurrency: 12\nstarted-machine-count: \"3\"\n",
                          "configuration reloaded"))
      << log();
  EXPECT_NE(log().find("a changed number of threads needs a restart"), std::string::npos) << log();
  ASSERT_TRUE(all_have_started(3)) << log();
  EXPECT_EQ(daemon.stop(), 0) << log();
}

TEST_F(Threads, WhatIsRememberedOutlivesTheProcessWhateverItsThreads) {
  const std::string yaml = kYaml + "state-dir: \"" + state_.path().string() + "\"\n";
  {
    Harness first;
    sim::Options options = Harness::quick();
    options.apps.clear();
    for (int i = 0; i < kApps; ++i) {
      options.apps.push_back({.app = {.name = name_of(i), .org = "acme", .workload = {}}, .machines = 3});
    }
    first.start_sim(std::move(options));
    first.start_daemon(yaml);
    const auto known = [&] { return first.daemon().schedulers().apps().size() == kApps; };
    ASSERT_TRUE(first.run_until(known)) << first.log();
    for (int i = 0; i < kApps; ++i) {
      const auto pause = [&] {
        return first
                   .ask("POST", "/api/v1/apps/" + name_of(i) + "/pause", {{"Authorization", "Bearer " + kToken}},
                        R"({"reason": "until further notice"})")
                   .status == 200;
      };
      ASSERT_TRUE(first.run_until(pause)) << first.log();
    }
  }
  // Another number of loops: nearly every app is another one's.
  std::string with_three = yaml;
  with_three.replace(with_three.find("threads: 4"), 10, "threads: 3");
  harness_.start_daemon(with_three);
  ASSERT_TRUE(harness_.run_until([&] { return get("status")["states"]["paused"] == kApps; }))
      << get("status") << harness_.log();
  EXPECT_EQ(harness_.requests("start").size(), 0);
}

TEST_F(Threads, AppsComeAndGo) {
  harness_.start_daemon(kYaml + "app-list-refresh-interval: 100ms\n");
  ASSERT_TRUE(all_have_started(1)) << harness_.log();
  ASSERT_TRUE(harness_.run_until([&] { return get("apps")["total"] == kApps; }));
  for (int i = 0; i < kApps; i += 2) harness_.world().remove_app(name_of(i));
  EXPECT_TRUE(harness_.run_until([&] { return get("apps")["total"] == kApps / 2; })) << get("apps");
  EXPECT_TRUE(harness_.run_until(
      [&] { return harness_.page("/metrics").find("fas_apps " + std::to_string(kApps / 2)) != std::string::npos; }));
  EXPECT_EQ(harness_.page("/metrics").find("app=\"app-0\""), std::string::npos);
}

// The harness waits for the end for less than a call takes.
TEST(ThreadsAmidCalls, EndSoon) {
  sim::Options options = Harness::quick();
  options.api.latency = sim::Spread(std::chrono::seconds(100));
  options.apps.clear();
  std::string yaml = "threads: 3\nconcurrency: 30\ntimeout: 200s\nstarted-machine-count: \"1\"\napps:\n";
  for (int i = 0; i < 9; ++i) {
    options.apps.push_back({.app = {.name = name_of(i), .org = "acme", .workload = {}}});
    yaml += "- { app-name: " + name_of(i) + " }\n";
  }
  Harness harness;
  harness.start_sim(std::move(options));
  harness.start_daemon(yaml);
  EXPECT_TRUE(harness.run_until([&] { return harness.api().log().numbered() == 9; })) << harness.log();
}

}  // namespace
}  // namespace fas::test
