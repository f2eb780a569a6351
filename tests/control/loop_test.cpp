// Reconciler and scheduler together, on a virtual clock and with the APIs in memory.
#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "control/discovery.h"
#include "control/log.h"
#include "control/memory_history.h"
#include "control/scheduler.h"
#include "control/schedulers.h"
#include "tests/control/fake_fly.h"
#include "tests/support/fake_transport.h"
#include "tests/support/virtual_clock.h"

namespace fas::control {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

config::Config config_of(std::string app, std::string started) {
  config::Config config;
  config.app_name = std::move(app);
  config.counts.min_started = config::Expression{.text = started, .origin = {.env = "FAS_STARTED_MACHINE_COUNT"}};
  config.counts.max_started = config.counts.min_started;
  return config;
}

fly::Machine machine_of(std::string id, MachineState state) {
  fly::Machine machine;
  machine.id = std::move(id);
  machine.name = machine.id;
  machine.region = "iad";
  machine.state = state;
  machine.process_group = "app";
  machine.image = "registry.fly.io/worker:v1";
  machine.config.owner = std::make_shared<const std::string>(R"({"image":"registry.fly.io/worker:v1"})");
  machine.config.text = *machine.config.owner;
  return machine;
}

class Loop : public testing::Test {
 protected:
  void SetUp() override {
    set_log_sink([](std::string_view line, void* self) { static_cast<Loop*>(self)->lines_.emplace_back(line); }, this);
  }
  void TearDown() override {
    stop();
    set_log_sink(nullptr, nullptr);
  }

  std::shared_ptr<control::Setup> setup_of(config::Config config) {
    const metrics::SourceContext context{.loop = loop_, .clock = clock_, .http = http_};
    Result<std::shared_ptr<control::Setup>> setup = make_policies(std::move(config), context);
    EXPECT_TRUE(setup) << setup.error().message;
    auto machines = std::make_unique<test::FakeMachines>(clock_);
    auto platform = std::make_unique<test::FakePlatform>();
    machines_ = machines.get();
    platform_ = platform.get();
    (*setup)->machines = std::move(machines);
    (*setup)->platform = std::move(platform);
    return *setup;
  }

  // Begins to run; `prepare` may set up the fakes before the first tick.
  void start(config::Config config, const std::function<void()>& prepare = {}) {
    auto setup = setup_of(std::move(config));
    if (prepare) prepare();
    scheduler_ = std::make_unique<Scheduler>(loop_.get_executor(), clock_, telemetry_, history_, std::move(setup));
    schedulers_ = std::make_unique<Schedulers>(loop_.get_executor(), clock_, *scheduler_, history_);
    discovery_ = std::make_unique<Discovery>(loop_.get_executor(), clock_, *scheduler_,
                                             [this](const auto& apps) { schedulers_->set_apps(apps); });
    boost::asio::co_spawn(loop_, discovery_->run(),
                          boost::asio::bind_cancellation_slot(cancel_.slot(), [](const std::exception_ptr&) {}));
    boost::asio::co_spawn(loop_, schedulers_->run(milliseconds(700)),
                          [this](const std::exception_ptr&) { ended_ = true; });
  }

  void stop() {
    if (!scheduler_ || ended_) return;
    scheduler_->stop();
    clock_.run_until([this] { return ended_; });
    cancel_.emit(boost::asio::cancellation_type::terminal);
    clock_.run_until([] { return false; });
    EXPECT_TRUE(ended_);
  }

  int calls(const std::string& name) const {
    return static_cast<int>(
        std::ranges::count_if(machines_->calls, [&](const auto& call) { return call.first == name; }));
  }
  bool logged(std::string_view text) const {
    return std::ranges::any_of(lines_, [&](const std::string& line) { return line.find(text) != std::string::npos; });
  }

  boost::asio::io_context loop_;
  test::VirtualClock clock_{loop_};
  test::FakeTransport http_{test::always(404, "")};
  Telemetry telemetry_;
  MemoryHistory history_;
  test::FakeMachines* machines_ = nullptr;
  test::FakePlatform* platform_ = nullptr;
  std::unique_ptr<Scheduler> scheduler_;
  std::unique_ptr<Schedulers> schedulers_;
  std::unique_ptr<Discovery> discovery_;
  boost::asio::cancellation_signal cancel_;
  bool ended_ = false;
  std::vector<std::string> lines_;
};

TEST_F(Loop, AnAppThatIsGivenUpEndsItsTickAndHasNoOther) {
  start(config_of("worker", "1"), [&] { machines_->latency = seconds(2); });
  clock_.run_for(seconds(1));
  ASSERT_EQ(calls("list"), 1);
  bool ended = false;
  schedulers_->remove("worker", [&] { ended = true; });
  EXPECT_EQ(scheduler_->app_count(), 0);
  EXPECT_FALSE(scheduler_->tick_now("worker"));
  clock_.run_for(milliseconds(500));
  EXPECT_FALSE(ended) << "its tick is still under way";
  clock_.run_for(seconds(60));
  EXPECT_TRUE(ended);
  EXPECT_EQ(calls("list"), 1);
}

TEST_F(Loop, ATickThatIsCancelledEndsAtOnce) {
  start(config_of("worker", "1"), [&] { machines_->latency = seconds(20); });
  clock_.run_for(seconds(1));
  bool ended = false;
  schedulers_->remove("worker", [&] { ended = true; });
  scheduler_->cancel("worker");
  clock_.run_for(milliseconds(1));
  EXPECT_TRUE(ended);
}

TEST_F(Loop, AnAppThatComesBackBeforeItsTickHasEndedGoesOn) {
  start(config_of("worker", "1"), [&] { machines_->latency = seconds(2); });
  clock_.run_for(seconds(1));
  bool ended = false;
  schedulers_->remove("worker", [&] { ended = true; });
  const std::uint64_t without = schedulers_->generation();
  schedulers_->add("worker");
  EXPECT_NE(schedulers_->generation(), without) << "whoever keeps a list of the apps makes it anew";
  EXPECT_EQ(scheduler_->app_count(), 1);
  clock_.run_for(seconds(31));
  EXPECT_FALSE(ended);
  EXPECT_GE(calls("list"), 3);
}

TEST_F(Loop, AnAppThatNobodyKnowsHasEndedAlready) {
  start(config_of("worker", "1"));
  bool ended = false;
  schedulers_->remove("other", [&] { ended = true; });
  EXPECT_TRUE(ended);
  scheduler_->cancel("other");
  clock_.run_for(seconds(1));
}

TEST_F(Loop, TheFirstTickComesAtOnceAndThenOneEachInterval) {
  start(config_of("worker", "1"));
  clock_.run_for(seconds(1));
  EXPECT_EQ(calls("list"), 1);
  clock_.run_for(seconds(59));
  EXPECT_EQ(calls("list"), 5);  // at 0, 15, 30, 45, 60
}

TEST_F(Loop, StartsWhatThePolicyAsksForAndAsksForTheReleaseOnlyThen) {
  start(config_of("worker", "2"), [this] {
    for (const char* id : {"a", "b", "c"})
      machines_->machines.machines.push_back(machine_of(id, MachineState::kStopped));
  });
  clock_.run_for(seconds(1));
  EXPECT_EQ(calls("start"), 2);
  EXPECT_EQ(platform_->release_calls, 1);
  for (fly::Machine& machine : machines_->machines.machines) machine.state = MachineState::kStarted;
  machines_->machines.machines.pop_back();
  clock_.run_for(seconds(60));
  EXPECT_EQ(platform_->release_calls, 1);
  EXPECT_TRUE(logged(R"("msg":"machine started","app":"worker","id":"a","region":"iad")"));
}

TEST_F(Loop, AReleaseInProgressHoldsTheApp) {
  start(config_of("worker", "1"), [this] {
    machines_->machines.machines = {machine_of("a", MachineState::kStopped)};
    platform_->release_running = true;
  });
  clock_.run_for(seconds(20));
  EXPECT_EQ(calls("start"), 0);
  EXPECT_TRUE(logged("release in progress, skipping reconciliation"));
  platform_->release_running = false;
  clock_.run_for(seconds(15));
  EXPECT_EQ(calls("start"), 1);
}

TEST_F(Loop, ACreateWithALostReplyIsNotDoubled) {
  config::Config config = config_of("worker", "1");
  config.counts.min_created = config::Expression{.text = "2", .origin = {.env = "FAS_CREATED_MACHINE_COUNT"}};
  config.counts.max_created = config.counts.min_created;
  start(std::move(config), [this] {
    machines_->machines.machines = {machine_of("a", MachineState::kStarted)};
    machines_->reply = [](const std::string& call, const std::string&) -> std::optional<Error> {
      if (call == "create") return Error{.kind = ErrorKind::kUnknownOutcome, .message = "connection reset"};
      return std::nullopt;
    };
  });
  clock_.run_for(seconds(20));
  ASSERT_EQ(calls("create"), 2);
  // The second create asks for the very machine of the first.
  std::vector<std::string> bodies;
  for (const auto& [call, body] : machines_->calls) {
    if (call == "create") bodies.push_back(body);
  }
  EXPECT_EQ(bodies[0], bodies[1]);
}

TEST_F(Loop, AMachineLeftCordonedGetsRequestsAgain) {
  bool fails = true;
  start(config_of("worker", "1"), [&] {
    machines_->machines.machines = {machine_of("a", MachineState::kStarted), machine_of("b", MachineState::kStarted)};
    for (fly::Machine& machine : machines_->machines.machines) machine.has_services = true;
    machines_->reply = [&](const std::string& call, const std::string&) -> std::optional<Error> {
      const bool is_meant = call == "stop" || call == "uncordon";
      if (fails && is_meant) return Error{.kind = ErrorKind::kUnavailable, .message = "connection refused"};
      return std::nullopt;
    };
  });
  clock_.run_for(seconds(1));
  EXPECT_EQ(calls("cordon"), 1);
  EXPECT_EQ(calls("uncordon"), 1);
  // The other one has stopped by itself, so this one is to run.
  machines_->machines.machines[1].state = MachineState::kStopped;
  clock_.run_for(seconds(15));
  EXPECT_EQ(calls("uncordon"), 2) << "tried again";
  fails = false;
  clock_.run_for(seconds(15));
  EXPECT_EQ(calls("uncordon"), 3);
  EXPECT_TRUE(logged("a machine that was left cordoned gets requests again"));
  clock_.run_for(seconds(30));
  EXPECT_EQ(calls("uncordon"), 3) << "done is done";
  EXPECT_EQ(calls("cordon"), 1);
}

TEST_F(Loop, AHangingApiDelaysTheNextTickNoLongerThanTheTimeout) {
  config::Config config = config_of("worker", "1");
  config.timeout = seconds(30);
  start(std::move(config), [this] {
    // The real client ends by its deadline; here it is the latency that stands for it.
    machines_->latency = seconds(30);
    machines_->reply = [](const std::string&, const std::string&) {
      return std::optional(Error{.kind = ErrorKind::kTimeout, .message = "deadline"});
    };
  });
  clock_.run_for(seconds(61));
  EXPECT_EQ(calls("list"), 3);  // at 0, 30, 60
  EXPECT_EQ(machines_->most_at_once, 1);
  EXPECT_NE(telemetry_.exposition().find("fas_ticks_missed_total 2"), std::string::npos) << telemetry_.exposition();
}

TEST_F(Loop, AWildcardFollowsTheOrganisationAndBoundsConcurrency) {
  config::Config config = config_of("worker-*", "1");
  config.org = "acme";
  config.concurrency = 3;
  start(std::move(config), [this] {
    machines_->latency = milliseconds(100);
    for (int i = 0; i < 20; ++i)
      platform_->listed.push_back({.name = "worker-" + std::to_string(i), .status = "deployed"});
    platform_->listed.push_back({.name = "web", .status = "deployed"});
  });
  clock_.run_for(seconds(5));
  EXPECT_EQ(scheduler_->app_count(), 20);
  EXPECT_EQ(calls("list"), 20);
  EXPECT_EQ(machines_->most_at_once, 3);
  platform_->listed.resize(5);
  clock_.run_for(seconds(60));
  EXPECT_EQ(scheduler_->app_count(), 5);
  EXPECT_EQ(telemetry_.exposition().find("worker-19"), std::string::npos);
}

TEST_F(Loop, TicksOfManyAppsAreSpreadOverTheInterval) {
  config::Config config = config_of("*", "1");
  config.org = "acme";
  config.concurrency = 1000;
  start(std::move(config), [this] {
    machines_->latency = milliseconds(100);
    for (int i = 0; i < 300; ++i)
      platform_->listed.push_back({.name = "app-" + std::to_string(i), .status = "deployed"});
  });
  clock_.run_for(seconds(20));
  machines_->most_at_once = 0;
  clock_.run_for(seconds(30));
  EXPECT_GT(machines_->most_at_once, 0);
  EXPECT_LT(machines_->most_at_once, 20);  // 300 calls of 0.1 s over 15 s are 2 at once in the mean
}

TEST_F(Loop, TooManyAppsFallBehindAndCatchUp) {
  config::Config config = config_of("*", "1");
  config.org = "acme";
  start(std::move(config), [this] {
    machines_->latency = seconds(5);  // three an interval, one at a time
    for (int i = 0; i < 6; ++i) platform_->listed.push_back({.name = "app-" + std::to_string(i), .status = "deployed"});
  });
  const auto lines = [this](std::string_view text) {
    return std::ranges::count_if(lines_, [&](const std::string& line) { return line.find(text) != std::string::npos; });
  };
  clock_.run_for(seconds(9));
  EXPECT_FALSE(scheduler_->falling_behind());
  EXPECT_EQ(scheduler_->behind(), seconds(9)) << "four have waited since the beginning";
  clock_.run_for(seconds(110));
  EXPECT_TRUE(scheduler_->falling_behind());
  EXPECT_GT(scheduler_->behind(), seconds(0));
  EXPECT_EQ(lines(R"("msg":"falling behind)"), 1);
  EXPECT_EQ(lines(R"("msg":"still behind")"), 1);
  EXPECT_EQ(calls("list"), 24) << "nothing stands still meanwhile";
  std::map<std::string, int> ticks;
  for (const auto& [call, app] : machines_->calls) {
    if (call == "list") ++ticks[app];
  }
  for (const auto& [app, count] : ticks) EXPECT_EQ(count, 4) << app << ": who is furthest behind goes first";
  const std::string page = telemetry_.exposition();
  const auto missed = page.find("\nfas_ticks_missed_total ");
  ASSERT_NE(missed, std::string::npos);
  EXPECT_NEAR(std::stoi(page.substr(missed + 24)), 20, 4) << "of 48 due in 120 s 24 were made; 4 wait";

  machines_->latency = seconds(1);
  clock_.run_for(seconds(60));
  EXPECT_FALSE(scheduler_->falling_behind());
  EXPECT_EQ(lines(R"("msg":"no longer behind")"), 1);
}

TEST_F(Loop, WhenEveryTickHangsItIsSaidAllTheSame) {
  config::Config config = config_of("*", "1");
  config.org = "acme";
  config.timeout = seconds(600);
  start(std::move(config), [this] {
    machines_->latency = seconds(600);
    for (const char* name : {"a", "b"}) platform_->listed.push_back({.name = name, .status = "deployed"});
  });
  clock_.run_for(seconds(19));
  EXPECT_FALSE(scheduler_->falling_behind());
  clock_.run_for(seconds(2));
  EXPECT_TRUE(scheduler_->falling_behind());
}

TEST_F(Loop, WhoIsFurthestBehindGoesFirst) {
  config::Config config = config_of("*", "1");
  config.app_list_refresh_interval = std::chrono::hours(1);
  start(std::move(config), [this] { machines_->latency = seconds(10); });
  clock_.run_for(seconds(1));
  schedulers_->set_apps({"first"});
  for (const char* name : {"d", "b", "c", "a"}) {
    clock_.run_for(seconds(1));
    scheduler_->add(name);
  }
  clock_.run_for(seconds(50));
  std::vector<std::string> order;
  for (const auto& [call, app] : machines_->calls) {
    if (call == "list" && app != "first") order.push_back(app);
  }
  order.resize(4);
  EXPECT_EQ(order, (std::vector<std::string>{"d", "b", "c", "a"}));
}

TEST_F(Loop, AListThatCannotBeReadLeavesTheKnownApps) {
  config::Config config = config_of("*", "1");
  config.org = "acme";
  start(std::move(config), [this] { platform_->listed = {{.name = "a", .status = ""}, {.name = "b", .status = ""}}; });
  clock_.run_for(seconds(1));
  platform_->error = Error{.kind = ErrorKind::kUnavailable, .message = "down"};
  clock_.run_for(seconds(300));
  EXPECT_EQ(scheduler_->app_count(), 2);
  EXPECT_TRUE(logged("cannot list the organization's apps"));
}

TEST_F(Loop, StoppingLetsCallsUnderWayFinishAndBeginsNoNewOnes) {
  start(config_of("worker", "200"), [this] {
    machines_->latency = milliseconds(300);
    for (int i = 0; i < 200; ++i) {
      machines_->machines.machines.push_back(machine_of("m" + std::to_string(i), MachineState::kStopped));
    }
  });
  clock_.run_for(milliseconds(400));  // the list is done, the first starts are under way
  const TimePoint begin = clock_.now();
  stop();
  EXPECT_LE(clock_.now() - begin, milliseconds(700));
  EXPECT_EQ(calls("start"), 64);
  EXPECT_TRUE(logged("\"msg\":\"bulk start completed\",\"app\":\"worker\",\"n\":64"));
}

TEST_F(Loop, StoppingEndsACallThatHangs) {
  start(config_of("worker", "1"), [this] { machines_->latency = seconds(30); });
  clock_.run_for(seconds(1));
  const TimePoint begin = clock_.now();
  stop();
  EXPECT_LE(clock_.now() - begin, milliseconds(700));
}

TEST_F(Loop, AReplacedSetupCountsFromTheNextTick) {
  start(config_of("worker", "0"), [this] { machines_->machines.machines = {machine_of("a", MachineState::kStopped)}; });
  clock_.run_for(seconds(1));
  EXPECT_EQ(calls("start"), 0);
  scheduler_->replace(setup_of(config_of("worker", "1")));
  machines_->machines.machines = {machine_of("a", MachineState::kStopped)};
  discovery_->refresh();
  clock_.run_for(seconds(15));
  EXPECT_EQ(calls("start"), 1);
}

TEST_F(Loop, AFailingExpressionHoldsAndSaysSo) {
  start(config_of("worker", "1 / 0"),
        [this] { machines_->machines.machines = {machine_of("a", MachineState::kStopped)}; });
  clock_.run_for(seconds(1));
  EXPECT_EQ(calls("start"), 0);
  EXPECT_TRUE(logged("expression returned Inf"));
  EXPECT_NE(telemetry_.exposition().find("fas_ticks_total{result=\"failed\"} 1"), std::string::npos);
}

}  // namespace
}  // namespace fas::control
