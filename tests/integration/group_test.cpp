// Three autoscalers that share 300 apps through a real etcd of three nodes, or a real Postgres. What proves it is the
// simulator's request log, tagged by member, beside what the engine said of ownership at the same time.
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/text.h"
#include "coordination/engines.h"
#include "metrics/postgres_options.h"
#include "tests/integration/harness.h"
#include "tests/support/etcd_server.h"
#include "tests/support/github_delivery.h"
#include "tests/support/postgres_server.h"
#include "tests/support/process.h"
#include "tests/support/raw_server.h"
#include "tests/support/relay.h"
#include "tests/support/run.h"
#include "tests/support/temp_dir.h"

namespace fas::test {
namespace {

using coordination::Engine;
using coordination::View;
using std::chrono::milliseconds;
using std::chrono::seconds;

const std::string kBinary = FAS_BINARY_DIR "/fly-autoscaler";

const std::string kTickToken = "tick-token-of-this-test";
const std::string kSecret = "a secret shared with GitHub";
constexpr int kApps = 300;
constexpr seconds kLease{5};
constexpr seconds kInterval{2};
// What a busy test machine takes on top: etcd looks for ended leases twice a second, and everything here shares a few
// cores.
constexpr seconds kSlack{5};

// The engine's servers, and ways to it that can be cut for one member alone.
class Store {
 public:
  Store() = default;
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;
  virtual ~Store() = default;
  virtual std::vector<std::uint16_t> ports() const = 0;
  virtual std::string yaml(const std::vector<std::uint16_t>& ports) const = 0;  // what is below `coordination`
  virtual std::unique_ptr<Engine> engine(boost::asio::io_context& loop, Clock& clock) const = 0;
  virtual void lose_leader() = 0;
  // Where it can notify, too.
  virtual std::string listening_collector() const { return {}; }
  virtual void run(const std::string& /*sql*/) const {}
};

class EtcdStore final : public Store {
 public:
  std::vector<std::uint16_t> ports() const override {
    std::vector<std::uint16_t> ports;
    for (const std::string& endpoint : server_.endpoints()) {
      ports.push_back(static_cast<std::uint16_t>(std::stoi(endpoint.substr(endpoint.rfind(':') + 1))));
    }
    return ports;
  }
  std::string yaml(const std::vector<std::uint16_t>& ports) const override {
    std::string text = "  engine: etcd\n  endpoints: [";
    for (const std::uint16_t port : ports) text += "\"127.0.0.1:" + std::to_string(port) + "\",";
    return text + "]\n";
  }
  std::unique_ptr<Engine> engine(boost::asio::io_context& loop, Clock& clock) const override {
    coordination::EtcdOptions options{.endpoints = server_.endpoints(), .group = "default"};
    return std::move(*coordination::make_etcd_engine(loop, clock, std::move(options)));
  }
  // The next one is among the two that are left.
  void lose_leader() override { server_.kill(server_.leader()); }

 private:
  EtcdServer server_{{.size = 3, .tls = {}, .client_ca = {}}};
};

class PostgresStore final : public Store {
 public:
  std::vector<std::uint16_t> ports() const override { return {server_.port()}; }
  std::string yaml(const std::vector<std::uint16_t>& ports) const override {
    return "  engine: postgres\n  dsn: " + dsn(ports.front()) + "\n";
  }
  std::unique_ptr<Engine> engine(boost::asio::io_context& loop, Clock& clock) const override {
    metrics::Settings settings;
    settings.values["dsn"] = dsn(server_.port());
    coordination::PostgresEngineOptions options{.server = *metrics::postgres_options(settings), .group = "default"};
    return std::move(*coordination::make_postgres_engine(loop, clock, std::move(options)));
  }
  // There is but one: it crashes and comes back.
  void lose_leader() override {
    server_.kill();
    server_.restart();
  }
  std::string listening_collector() const override {
    return ", { type: postgres, metric-name: rows, query: \"SELECT 1\", listen: jobs, dsn: \"" + dsn(server_.port()) +
           "\" }";
  }
  void run(const std::string& sql) const override { server_.run(sql); }

 private:
  static std::string dsn(std::uint16_t port) {
    return "postgres://admin:admin-s3cret@127.0.0.1:" + std::to_string(port) + "/postgres";
  }
  PostgresServer server_;
};

// One autoscaler: a process of its own, with its own way to the engine.
struct Autoscaler {
  std::string name;
  std::uint16_t port = 0;
  std::vector<std::unique_ptr<Relay>> relays;
  std::string config, log;
  std::unique_ptr<Process> process;
};

// What one look at the engine after the other showed of an app: it was surely this member's from `begin` to `end`.
struct Reign {
  std::string member;
  Duration begin{0}, end{0};  // simulated time
};

class Group : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (GetParam() == "etcd" ? !EtcdServer::installed() : !PostgresServer::installed()) {
      GTEST_SKIP() << GetParam() << " is not installed";
    }
    if (GetParam() == "etcd") {
      store_ = std::make_unique<EtcdStore>();
    } else {
      store_ = std::make_unique<PostgresStore>();
    }
    sim::Options options = Harness::quick();
    options.apps.clear();
    for (int i = 0; i < kApps; ++i) {
      options.apps.push_back({.app = {.name = "app-" + std::to_string(i), .org = "acme", .workload = {}},
                              .machines = 2,
                              .state = MachineState::kStopped,
                              .regions = {"iad"}});
    }
    harness_.start_sim(std::move(options));
    engine_ = store_->engine(harness_.loop, harness_.clock);
    for (const char* name : {"a", "b", "c"}) start(autoscalers_.emplace_back(prepare(name)));
    ASSERT_TRUE(settled(3)) << logs();
    watching_ = true;
    run_for(2 * kInterval);
  }

  void TearDown() override {
    if (autoscalers_.empty()) return;
    run_for(2 * kInterval);
    check();
    for (Autoscaler& autoscaler : autoscalers_) {
      if (autoscaler.process) autoscaler.process->signal(SIGTERM);
    }
    for (Autoscaler& autoscaler : autoscalers_) {
      if (autoscaler.process) {
        EXPECT_TRUE(harness_.run_until([&] { return autoscaler.process->exit_status().has_value(); }));
      }
    }
  }

  Autoscaler prepare(const std::string& name) {
    Autoscaler made;
    made.name = name;
    for (const std::uint16_t port : store_->ports()) {
      made.relays.push_back(std::make_unique<Relay>(harness_.loop, port));
    }
    made.log = folder_.file(name + ".log");
    return made;
  }

  void configure(Autoscaler& autoscaler) {
    autoscaler.port = free_port();
    std::vector<std::uint16_t> ports;
    for (const auto& relay : autoscaler.relays) ports.push_back(relay->port());
    const std::string& name = autoscaler.name;
    // Every app wants another count of machines every four seconds.
    autoscaler.config = folder_.write(
        name + ".yml",
        "app-name: \"app-*\"\norg: acme\nconcurrency: 100\n" + std::string(name == "b" ? "threads: 3\n" : "") +
            "started-machine-count: \"1 + int(now().Unix() / 4) % 2\"\n"
            "tick-token: " +
            kTickToken + "\ngithub-webhook-secret: " + kSecret +
            "\napps:\n  - app-name: \"app-10*\"\n    metric-collectors: [{ type: github, metric-name: jobs, "
            "owner: Acme, labels: [fly], token: x, api-url: \"" +
            github_.url("") + "\" }" + store_->listening_collector() +
            "]\n  - app-name: \"app-*\"\ncoordination:\n  member: " + name +
            "\n  lease: 5s\n  address: http://127.0.0.1:" + std::to_string(autoscaler.port) + "\n" +
            store_->yaml(ports));
  }

  // Somebody else may take the port first: one more is tried then.
  void start(Autoscaler& autoscaler) {
    for (int attempt = 0; attempt < 5; ++attempt) {
      configure(autoscaler);
      launch(autoscaler);
      const auto listens = [&] { return http_get(autoscaler.port, "/healthz").has_value(); };
      const auto ended = [&] { return autoscaler.process->exit_status().has_value(); };
      ASSERT_TRUE(until([&] { return ended() || listens(); }));
      if (!ended()) return;
    }
    FAIL() << read_file(autoscaler.log);
  }

  void launch(Autoscaler& autoscaler) {
    std::map<std::string, std::string> environment = {{"FLY_FLAPS_BASE_URL", harness_.sim().url()},
                                                      {"FLY_API_BASE_URL", harness_.sim().url()},
                                                      {"FAS_API_TOKEN", "fm2_test"},
                                                      {"FAS_LISTEN", "127.0.0.1:" + std::to_string(autoscaler.port)},
                                                      {"FAS_INTERVAL", "2s"},
                                                      {"FAS_API_RATE_LIMITS", "false"}};
    autoscaler.process =
        std::make_unique<Process>(std::vector<std::string>{kBinary, "serve", "-config", autoscaler.config},
                                  ProcessOptions{.environment = std::move(environment), .output_file = autoscaler.log});
  }

  Autoscaler& at(std::size_t index) { return autoscalers_.at(index); }

  // --- What is seen ---

  // Looks at the engine and at the wire, every 50 ms.
  void look() {
    const Duration asked = harness_.world().now();
    const Result<View> view = run(harness_.loop, engine_->view(harness_.clock.now() + seconds(2)));
    drain();
    if (!view) return;
    view_ = *view;
    const Duration replied = harness_.world().now();
    if (!watching_) return;
    std::map<coordination::Lease, std::string> names;
    for (const coordination::Member& member : view->members) names[member.lease] = member.name;
    for (auto& [app, reigns] : reigns_) {
      if (!view->owners.contains(app)) reigns.open = false;
    }
    for (const auto& [app, lease] : view->owners) {
      Reigns& reigns = reigns_[app];
      const std::string& member = names[lease];
      if (reigns.open && !reigns.all.empty() && reigns.all.back().member == member) {
        reigns.all.back().end = asked;
      } else {
        reigns.all.push_back({.member = member, .begin = replied, .end = replied});
        reigns.open = true;
      }
    }
  }

  void drain() {
    for (const sim::LoggedRequest& request : harness_.api().log().requests()) {
      if (!watching_) break;
      const std::size_t begin = request.path.find("/apps/");
      if (begin == std::string::npos) continue;
      const std::size_t end = request.path.find('/', begin + 6);
      const std::string app = request.path.substr(begin + 6, end == std::string::npos ? end : end - begin - 6);
      if (request.action == "list") {
        Duration& last = listed_[app];
        if (last > Duration{0}) longest_gap_ = std::max(longest_gap_, request.time - last);
        last = std::max(last, request.time);
      } else if (request.method != "GET") {
        acts_.push_back({.app = app, .member = request.tag, .time = request.time});
      }
    }
    harness_.api().log().clear();
  }

  bool until(const std::function<bool()>& done, Duration limit = seconds(60)) {
    const TimePoint give_up = harness_.clock.now() + limit;
    while (!done()) {
      if (harness_.clock.now() > give_up) return false;
      look();
      const TimePoint next = harness_.clock.now() + milliseconds(50);
      harness_.run_until([&] { return harness_.clock.now() >= next; });
    }
    return true;
  }
  void run_for(Duration time) {
    const TimePoint end = harness_.clock.now() + time;
    until([&] { return harness_.clock.now() >= end; }, time + seconds(10));
  }

  // So many members are alive, all apps are owned, and each member has a fair share.
  bool settled(std::size_t members) {
    return until([&] {
      if (view_.members.size() != members || view_.owners.size() != kApps) return false;
      std::map<coordination::Lease, int> shares;
      for (const auto& [app, lease] : view_.owners) ++shares[lease];
      return shares.size() == members && std::ranges::all_of(shares, [&](const auto& share) {
               return share.second * static_cast<int>(members) > kApps / 2;
             });
    });
  }

  std::vector<std::string> apps_of(const std::string& name) const {
    std::vector<std::string> apps;
    for (const coordination::Member& member : view_.members) {
      if (member.name != name) continue;
      for (const auto& [app, lease] : view_.owners) {
        if (lease == member.lease) apps.push_back(app);
      }
    }
    return apps;
  }

  std::string logs() const {
    std::string text;
    for (const Autoscaler& autoscaler : autoscalers_) {
      const std::string log = read_file(autoscaler.log);
      text += "--- " + autoscaler.name + "\n" + log.substr(log.size() - std::min<std::size_t>(log.size(), 3000));
    }
    return text;
  }

  // --- What is promised ---

  void check() {
    std::set<std::string> actors;
    int foreign = 0;
    for (const Act& act : acts_) {
      actors.insert(act.member);
      for (const Reign& reign : reigns_[act.app].all) {
        const bool while_other = reign.member != act.member && reign.begin < act.time && act.time < reign.end;
        if (!while_other) continue;
        ++foreign;
        ADD_FAILURE() << act.member << " acted on " << act.app << " at " << act.time.count() / 1'000'000
                      << " ms, which " << reign.member << " owned from " << reign.begin.count() / 1'000'000 << " to "
                      << reign.end.count() / 1'000'000 << " ms";
        break;
      }
      if (foreign > 5) break;
    }
    EXPECT_GT(acts_.size(), kApps) << "nothing was done that could have been done twice";
    EXPECT_GE(actors.size(), 2);
    EXPECT_LE(longest_gap_, kLease + kInterval + kSlack);
    EXPECT_EQ(listed_.size(), kApps);
    RecordProperty("changes", static_cast<int>(acts_.size()));
    std::printf(
        "%s: %zu changes by %zu members, none while another owned the app; no app went unattended for more "
        "than %.2f s\n",
        GetParam().c_str(), acts_.size(), actors.size(), std::chrono::duration<double>(longest_gap_).count());
    if (HasFailure()) std::printf("%s\n", logs().c_str());
  }

  struct Act {
    std::string app, member;
    Duration time{0};
  };
  struct Reigns {
    std::vector<Reign> all;
    bool open = false;
  };

  Harness harness_;
  RawServer github_{harness_.loop, [](const RawRequest&) { return http_reply(200, R"({"workflow_runs": []})"); }};
  TempDir folder_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<Engine> engine_;
  std::vector<Autoscaler> autoscalers_;
  View view_;
  bool watching_ = false;
  std::map<std::string, Reigns, std::less<>> reigns_;
  std::vector<Act> acts_;
  std::map<std::string, Duration> listed_;
  Duration longest_gap_{0};
};

TEST_P(Group, AKilledOnesAppsAreTakenOverWhenItsLeaseHasEnded) {
  at(0).process->signal(SIGKILL);
  ASSERT_TRUE(until([&] { return at(0).process->exit_status().has_value(); }));
  ASSERT_TRUE(settled(2)) << logs();
  start(at(0));
  ASSERT_TRUE(settled(3)) << logs();
}

TEST_P(Group, OneThatWasFrozenForLongerThanItsLeaseActsOnNothingWhenItWakes) {
  at(1).process->signal(SIGSTOP);
  run_for(kLease + seconds(4));
  ASSERT_TRUE(settled(2)) << logs();
  at(1).process->signal(SIGCONT);
  ASSERT_TRUE(settled(3)) << logs();
}

TEST_P(Group, TheLossOfTheEnginesLeaderCostsNobodyAnApp) {
  store_->lose_leader();
  run_for(kLease + seconds(2));
  ASSERT_TRUE(settled(3)) << logs();
}

TEST_P(Group, OneThatIsCutOffFromTheEngineLetsGoBeforeOthersTakeOver) {
  for (const auto& relay : at(2).relays) relay->cut();
  run_for(kLease + seconds(4));
  ASSERT_TRUE(settled(2)) << logs();
  for (const auto& relay : at(2).relays) relay->heal();
  ASSERT_TRUE(settled(3)) << logs();
}

TEST_P(Group, TwoThatLeaveAtOnceHandOverAtOnce) {
  at(0).process->signal(SIGTERM);
  at(1).process->signal(SIGTERM);
  ASSERT_TRUE(until([&] { return at(0).process->exit_status() && at(1).process->exit_status(); }));
  EXPECT_EQ(at(0).process->exit_status(), 0);
  ASSERT_TRUE(settled(1)) << logs();
  start(at(0));
  start(at(1));
  ASSERT_TRUE(settled(3)) << logs();
}

TEST_P(Group, ARollingRestartLosesNoApp) {
  for (std::size_t i = 0; i < 3; ++i) {
    at(i).process->signal(SIGTERM);
    ASSERT_TRUE(until([&] { return at(i).process->exit_status().has_value(); }));
    start(at(i));
    ASSERT_TRUE(settled(3)) << logs();
  }
}

TEST_P(Group, NewsOfWhateverOneWakeTheAppsOfAll) {
  constexpr int kWithSources = 11;  // app-10, app-100 to app-109
  const auto send = [&](net::HttpRequest request) {
    return run(harness_.loop, harness_.http.send(std::move(request), harness_.clock.now() + seconds(10)));
  };
  const std::string body = github_job("acme/worker");
  const auto reply =
      send({.method = "POST",
            .url = "http://127.0.0.1:" + std::to_string(at(1).port) + "/api/v1/webhooks/github",
            .headers = {{"X-GitHub-Event", "workflow_job"}, {"X-Hub-Signature-256", github_signature(kSecret, body)}},
            .body = body});
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(reply->status, 202);
  EXPECT_EQ(nlohmann::json::parse(reply->body, nullptr, false).value("woken", 0), kWithSources) << reply->body;

  if (store_->listening_collector().empty()) return;
  // How often a notification was news for an app of this one.
  const auto woken = [&](const Autoscaler& autoscaler) {
    const auto page = send({.url = "http://127.0.0.1:" + std::to_string(autoscaler.port) + "/metrics"});
    int count = 0;
    for (const std::string_view line : split(page ? std::string_view(page->body) : std::string_view(), '\n')) {
      const bool counts =
          line.starts_with("fas_wakes_total{") && line.contains("\"postgres\"") && !line.contains("\"unknown\"");
      if (counts) count += std::stoi(std::string(line.substr(line.rfind(' ') + 1)));
    }
    return count;
  };
  const auto of_all = [&] { return woken(at(0)) + woken(at(1)) + woken(at(2)); };
  const int before = of_all();  // that one listens from now on is news, too
  const auto owns = [&](const Autoscaler& autoscaler) {
    const auto apps = apps_of(autoscaler.name);
    return std::ranges::find(apps, "app-105") != apps.end();
  };
  const Autoscaler& owner = *std::ranges::find_if(autoscalers_, owns);
  const int before_at_owner = woken(owner);
  store_->run("SELECT pg_notify('jobs', 'app-105')");
  EXPECT_TRUE(until([&] { return woken(owner) == before_at_owner + 1; })) << logs();
  store_->run("NOTIFY jobs");
  EXPECT_TRUE(until([&] { return of_all() >= before + 1 + kWithSources; })) << logs();
  EXPECT_EQ(of_all(), before + 1 + kWithSources);
}

TEST_P(Group, EveryOneShowsTheAppsOfAll) {
  const auto text = [&](const Autoscaler& from, const std::string& path) {
    net::HttpRequest request{.url = "http://127.0.0.1:" + std::to_string(from.port) + path};
    auto reply = run(harness_.loop, harness_.http.send(std::move(request), harness_.clock.now() + seconds(10)));
    return reply ? reply->body : reply.error().message;
  };
  const auto get = [&](const Autoscaler& from, const std::string& path) {
    return nlohmann::json::parse(text(from, path), nullptr, /*allow_exceptions=*/false);
  };
  for (const Autoscaler& autoscaler : autoscalers_) {
    const auto status = get(autoscaler, "/api/v1/status");
    EXPECT_EQ(status.value("apps", 0), kApps) << status.dump();
    const auto page = get(autoscaler, "/api/v1/apps?sort=name&offset=100&limit=150");
    EXPECT_EQ(page.value("total", 0), kApps);
    ASSERT_EQ(page["apps"].size(), 150);
    EXPECT_TRUE(std::ranges::is_sorted(page["apps"], {},
                                       [](const auto& app) { return app["name"].template get<std::string>(); }));
    const std::string metrics = text(autoscaler, "/metrics");
    EXPECT_NE(metrics.find("\nfas_group_member 1\n"), std::string::npos) << metrics;
    EXPECT_NE(metrics.find("\nfas_group_members 3\n"), std::string::npos) << metrics;
    EXPECT_NE(metrics.find("\nfas_group_apps_owned " + std::to_string(apps_of(autoscaler.name).size()) + "\n"),
              std::string::npos)
        << metrics;
    EXPECT_EQ(text(autoscaler, "/readyz"), "{\"status\":\"ok\"}\n");
    const auto members = get(autoscaler, "/api/v1/members");
    EXPECT_EQ(members["self"], autoscaler.name);
    EXPECT_EQ(members["members"].size(), 3);
    // An app of each of the three.
    for (const auto& member : members["members"]) {
      const std::string app = member["apps"].at(0);
      EXPECT_EQ(get(autoscaler, "/api/v1/apps/" + app).value("name", ""), app);
    }
  }
  // Whoever is asked, the app's owner is woken.
  net::HttpRequest wake{
      .method = "POST",
      .url = "http://127.0.0.1:" + std::to_string(at(0).port) + "/api/v1/tick/" + apps_of(at(1).name).front(),
      .headers = {{"Authorization", "Bearer " + kTickToken}}};
  const auto woken = run(harness_.loop, harness_.http.send(std::move(wake), harness_.clock.now() + seconds(10)));
  ASSERT_TRUE(woken) << woken.error().message;
  EXPECT_EQ(woken->status, 202) << woken->body;
  // An open page is told of the apps of all.
  Process events(
      {"/usr/bin/curl", "-sN", "--max-time", "9", "http://127.0.0.1:" + std::to_string(at(0).port) + "/api/v1/events"},
      {.stdout_file = folder_.file("events")});
  ASSERT_TRUE(until([&] { return events.exit_status().has_value(); }));
  const std::string told = read_file(folder_.file("events"));
  for (const Autoscaler& autoscaler : autoscalers_) {
    EXPECT_NE(told.find("\"" + apps_of(autoscaler.name).front() + "\""), std::string::npos) << autoscaler.name;
    EXPECT_NE(told.find("event: decision\ndata: {\"app\":\"" + apps_of(autoscaler.name).front() + "\""),
              std::string::npos)
        << autoscaler.name;
  }
  Process members({kBinary, "members", "-config", at(0).config},
                  {.environment = {{"FAS_API_TOKEN", "fm2_test"}}, .stdout_file = folder_.file("members")});
  ASSERT_TRUE(harness_.run_until([&] { return members.exit_status().has_value(); }));
  EXPECT_EQ(members.exit_status(), 0);
  EXPECT_NE(read_file(folder_.file("members")).find("http://127.0.0.1:" + std::to_string(at(2).port)),
            std::string::npos)
      << read_file(folder_.file("members"));
}

// The member, which the configuration need not name, is no change.
TEST(GroupReload, TheSameConfigurationNeedsNoRestart) {
  Harness harness;
  harness.start_sim();
  harness.start_daemon("started-machine-count: \"1\"\ncoordination:\n  engine: etcd\n  endpoints: [\"127.0.0.1:1\"]\n");
  harness.reload();
  EXPECT_TRUE(harness.logged("configuration reloaded")) << harness.log();
  EXPECT_FALSE(harness.logged("needs a restart")) << harness.log();
}

INSTANTIATE_TEST_SUITE_P(Engines, Group, testing::Values("etcd", "postgres"),
                         [](const auto& engine) { return engine.param; });

}  // namespace
}  // namespace fas::test
