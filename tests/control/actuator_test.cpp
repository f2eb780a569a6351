#include "control/actuator.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "control/log.h"
#include "tests/control/fake_fly.h"
#include "tests/support/virtual_clock.h"

namespace fas::control {
namespace {

using scale::ActionKind;
using std::chrono::milliseconds;

class Actuator : public testing::Test {
 protected:
  void SetUp() override {
    set_log_sink([](std::string_view, void*) {}, nullptr);
  }
  void TearDown() override { set_log_sink(nullptr, nullptr); }

  std::vector<Outcome> run(scale::Plan plan, const fly::Machine* source = nullptr) {
    std::vector<Outcome> outcomes;
    bool done = false;
    boost::asio::co_spawn(loop_, run_act(plan, source, outcomes, done), boost::asio::detached);
    clock_.run_until([&] { return done; });
    EXPECT_TRUE(done);
    return outcomes;
  }

  static scale::Plan plan_of(ActionKind action, int count, int candidates) {
    scale::Plan plan{.action = action, .count = count};
    for (int i = 0; i < candidates; ++i) {
      plan.candidates.push_back({.id = "m" + std::to_string(i), .region = "iad", .state = MachineState::kStopped});
    }
    return plan;
  }

  static scale::Plan creates(int count) {
    scale::Plan plan{.action = ActionKind::kCreate, .count = count};
    for (int i = 0; i < count; ++i) {
      plan.creates.push_back({.slot = i, .name = "fas-app-" + std::to_string(i), .region = "iad"});
    }
    return plan;
  }

  static fly::Machine source() {
    fly::Machine machine;
    machine.id = "m0";
    machine.image = "registry.fly.io/worker:v1";
    machine.config.owner = std::make_shared<const std::string>(R"({"image":"x","services":[{"autostop":"suspend"}]})");
    machine.config.text = *machine.config.owner;
    return machine;
  }

  boost::asio::io_context loop_;
  test::VirtualClock clock_{loop_};
  test::FakeMachines api_{clock_};
  Telemetry telemetry_;
  ActionOptions options_;
  bool draining_ = false;

  std::vector<std::string> calls() const {
    std::vector<std::string> calls;
    for (const auto& [call, id] : api_.calls) calls.push_back(call + " " + id);
    return calls;
  }

 private:
  boost::asio::awaitable<void> run_act(const scale::Plan& plan, const fly::Machine* machine, std::vector<Outcome>& out,
                                       bool& done) {
    const ActContext context{
        .calls = {.api = api_, .clock = clock_, .options = options_}, .telemetry = telemetry_, .draining = draining_};
    const Deadline deadline = clock_.now() + std::chrono::seconds(30);
    std::string app = "worker";
    out = co_await act(context, std::move(app), plan, machine, deadline);
    done = true;
  }
};

Error error_of(ErrorKind kind) { return {.kind = kind, .message = "no"}; }

int done_of(const std::vector<Outcome>& outcomes) {
  return static_cast<int>(std::ranges::count(outcomes, OutcomeKind::kDone, &Outcome::kind));
}

TEST_F(Actuator, SixtyStartsRunSideBySide) {
  api_.latency = milliseconds(250);
  const TimePoint begin = clock_.now();
  EXPECT_EQ(done_of(run(plan_of(ActionKind::kStart, 60, 60))), 60);
  EXPECT_EQ(clock_.now() - begin, milliseconds(250));
}

TEST_F(Actuator, AnyNumberEndsInRoundsOfBoundedWidth) {
  api_.latency = milliseconds(150);
  const TimePoint begin = clock_.now();
  EXPECT_EQ(done_of(run(plan_of(ActionKind::kStart, 500, 500))), 500);
  EXPECT_EQ(api_.most_at_once, 64);
  EXPECT_EQ(clock_.now() - begin, milliseconds(150) * 8);
}

TEST_F(Actuator, NeverMoreThanThePlan) {
  EXPECT_EQ(done_of(run(plan_of(ActionKind::kStart, 2, 5))), 2);
  EXPECT_EQ(api_.calls.size(), 2);
}

TEST_F(Actuator, AMachineThatRefusesMakesWayForTheNext) {
  api_.reply = [](const std::string&, const std::string& id) -> std::optional<Error> {
    if (id == "m0" || id == "m2") return error_of(ErrorKind::kConflict);
    return std::nullopt;
  };
  const std::vector<Outcome> outcomes = run(plan_of(ActionKind::kStart, 2, 4));
  EXPECT_EQ(done_of(outcomes), 2);
  EXPECT_EQ(api_.calls.size(), 4);
}

TEST_F(Actuator, EveryCandidateIsTriedAtMostOnce) {
  api_.reply = [](const std::string&, const std::string&) { return std::optional(error_of(ErrorKind::kConflict)); };
  EXPECT_EQ(done_of(run(plan_of(ActionKind::kStart, 3, 5))), 0);
  EXPECT_EQ(api_.calls.size(), 5);
}

TEST_F(Actuator, AStartWithALostReplyTakesUpItsPlace) {
  api_.reply = [](const std::string&, const std::string&) {
    return std::optional(error_of(ErrorKind::kUnknownOutcome));
  };
  const std::vector<Outcome> outcomes = run(plan_of(ActionKind::kStart, 2, 10));
  EXPECT_EQ(api_.calls.size(), 2);
  EXPECT_EQ(outcomes[0].kind, OutcomeKind::kUnknown);
}

TEST_F(Actuator, CreatesThatFailAreTriedOnceEach) {
  const fly::Machine machine = source();
  api_.reply = [](const std::string&, const std::string&) { return std::optional(error_of(ErrorKind::kUnavailable)); };
  EXPECT_EQ(done_of(run(creates(5), &machine)), 0);
  EXPECT_EQ(api_.calls.size(), 5);
}

TEST_F(Actuator, ARefusedTokenEndsTheRest) {
  api_.latency = milliseconds(10);
  api_.reply = [](const std::string&, const std::string&) { return std::optional(error_of(ErrorKind::kUnauthorized)); };
  run(plan_of(ActionKind::kStart, 200, 200));
  EXPECT_EQ(api_.calls.size(), 64);
}

TEST_F(Actuator, NothingNewBeginsWhileDraining) {
  draining_ = true;
  EXPECT_TRUE(run(plan_of(ActionKind::kStart, 3, 3)).empty());
  EXPECT_TRUE(api_.calls.empty());
}

TEST_F(Actuator, AMachineIsStoppedAndDestroyedUnderALease) {
  scale::Plan stop = plan_of(ActionKind::kStop, 1, 1);
  EXPECT_EQ(run(std::move(stop))[0].becomes, MachineState::kStopping);
  EXPECT_EQ(calls(), (std::vector<std::string>{"acquire_lease m0", "stop m0", "release_lease m0"}));
  api_.calls.clear();
  EXPECT_EQ(run(plan_of(ActionKind::kDestroy, 1, 1))[0].becomes, MachineState::kDestroying);
  EXPECT_EQ(calls(), (std::vector<std::string>{"acquire_lease m0", "destroy m0"}));
}

TEST_F(Actuator, AMachineThatRunsIsStoppedBeforeItIsDestroyed) {
  scale::Plan plan = plan_of(ActionKind::kDestroy, 1, 1);
  plan.candidates[0].state = MachineState::kStarted;
  const std::vector<Outcome> outcomes = run(plan);
  EXPECT_EQ(calls(), (std::vector<std::string>{"acquire_lease m0", "stop m0", "wait m0", "destroy m0"}));
  EXPECT_EQ(outcomes[0].becomes, MachineState::kDestroying);
  EXPECT_TRUE(outcomes[0].was_running);
}

TEST_F(Actuator, ALostReplySaysNoMoreThanWhatTheCallMayHaveDone) {
  const struct {
    std::string_view call;
    ErrorKind error;
    OutcomeKind kind;
    MachineState becomes;
  } cases[] = {
      {"acquire_lease", ErrorKind::kUnknownOutcome, OutcomeKind::kFailed, MachineState::kUnknown},
      {"acquire_lease", ErrorKind::kMalformed, OutcomeKind::kFailed, MachineState::kUnknown},
      {"stop", ErrorKind::kUnknownOutcome, OutcomeKind::kUnknown, MachineState::kStopping},
      {"stop", ErrorKind::kMalformed, OutcomeKind::kUnknown, MachineState::kStopping},
      {"destroy", ErrorKind::kUnknownOutcome, OutcomeKind::kUnknown, MachineState::kDestroying},
  };
  for (const auto& c : cases) {
    scale::Plan plan = plan_of(ActionKind::kDestroy, 1, 1);
    plan.candidates[0].state = MachineState::kStarted;
    api_.reply = [&c](const std::string& call, const std::string&) -> std::optional<Error> {
      if (call == c.call) return error_of(c.error);
      return std::nullopt;
    };
    const std::vector<Outcome> outcomes = run(plan);
    ASSERT_EQ(outcomes.size(), 1);
    EXPECT_EQ(outcomes[0].kind, c.kind) << c.call;
    EXPECT_EQ(outcomes[0].becomes, c.becomes) << c.call;
  }
}

TEST_F(Actuator, AMachineThatTakesItsTimeToStopIsLeftToALaterTick) {
  scale::Plan plan = plan_of(ActionKind::kDestroy, 1, 1);
  plan.candidates[0].state = MachineState::kStarted;
  api_.reply = [](const std::string& call, const std::string&) -> std::optional<Error> {
    if (call == "wait") return error_of(ErrorKind::kTimeout);
    return std::nullopt;
  };
  const std::vector<Outcome> outcomes = run(plan);
  EXPECT_EQ(calls(), (std::vector<std::string>{"acquire_lease m0", "stop m0", "wait m0", "release_lease m0"}));
  EXPECT_EQ(outcomes[0].kind, OutcomeKind::kDone);
  EXPECT_EQ(outcomes[0].becomes, MachineState::kStopping);
}

TEST_F(Actuator, AMachineWithServicesGetsNoNewRequestsBeforeItStops) {
  scale::Plan plan = plan_of(ActionKind::kStop, 1, 1);
  plan.candidates[0].has_services = true;
  run(plan);
  EXPECT_EQ(calls(), (std::vector<std::string>{"acquire_lease m0", "cordon m0", "stop m0", "wait m0", "uncordon m0",
                                               "release_lease m0"}));
  api_.calls.clear();
  plan.action = ActionKind::kStart;
  run(plan);
  EXPECT_EQ(calls(), (std::vector<std::string>{"start m0", "uncordon m0"}));
  api_.calls.clear();
  options_.cordon = false;
  run(plan);
  EXPECT_EQ(calls(), (std::vector<std::string>{"start m0"}));
}

TEST_F(Actuator, SaysWhichMachineMayStandCordoned) {
  scale::Plan plan = plan_of(ActionKind::kStop, 1, 1);
  plan.candidates[0].has_services = true;
  std::vector<std::string> failing;
  api_.reply = [&](const std::string& call, const std::string&) -> std::optional<Error> {
    if (std::ranges::find(failing, call) != failing.end()) return error_of(ErrorKind::kUnavailable);
    return std::nullopt;
  };
  EXPECT_FALSE(run(plan)[0].cordoned);
  failing = {"acquire_lease"};
  EXPECT_FALSE(run(plan)[0].cordoned);
  failing = {"stop"};
  EXPECT_FALSE(run(plan)[0].cordoned) << "it was uncordoned at once";
  failing = {"stop", "uncordon"};
  EXPECT_TRUE(run(plan)[0].cordoned);
  failing = {"uncordon"};
  EXPECT_TRUE(run(plan)[0].cordoned);
  plan.action = ActionKind::kStart;
  EXPECT_TRUE(run(plan)[0].cordoned);
}

TEST_F(Actuator, AMachineThatCannotBeSuspendedIsStopped) {
  options_.stop_method = StopMethod::kSuspend;
  EXPECT_EQ(run(plan_of(ActionKind::kStop, 1, 1))[0].becomes, MachineState::kSuspending);
  api_.calls.clear();
  api_.reply = [](const std::string& call, const std::string&) -> std::optional<Error> {
    if (call == "suspend") return error_of(ErrorKind::kInvalid);
    return std::nullopt;
  };
  EXPECT_EQ(run(plan_of(ActionKind::kStop, 1, 1))[0].becomes, MachineState::kStopping);
  EXPECT_EQ(calls(), (std::vector<std::string>{"acquire_lease m0", "suspend m0", "stop m0", "release_lease m0"}));
}

TEST_F(Actuator, AMachineUnderAnothersLeaseMakesWay) {
  api_.reply = [](const std::string& call, const std::string& id) -> std::optional<Error> {
    if (call == "acquire_lease" && id == "m0") return error_of(ErrorKind::kConflict);
    return std::nullopt;
  };
  run(plan_of(ActionKind::kStop, 1, 2));
  EXPECT_EQ(calls(), (std::vector<std::string>{"acquire_lease m0", "acquire_lease m1", "stop m1", "release_lease m1"}));
}

TEST_F(Actuator, AMachineThatIsWhereItWasWantedCounts) {
  struct Case {
    std::string_view name;
    ActionKind action;
    ErrorKind refusal;
    MachineState is;
    std::size_t tried;  // candidates
  };
  for (const Case& c : std::initializer_list<Case>{
           {"started by somebody else", ActionKind::kStart, ErrorKind::kPrecondition, MachineState::kStarting, 1},
           {"being destroyed", ActionKind::kStart, ErrorKind::kPrecondition, MachineState::kDestroying, 2},
           {"gone, to be started", ActionKind::kStart, ErrorKind::kNotFound, MachineState::kUnknown, 2},
           {"gone, to be stopped", ActionKind::kStop, ErrorKind::kNotFound, MachineState::kUnknown, 1},
           {"stopped by somebody else", ActionKind::kStop, ErrorKind::kPrecondition, MachineState::kStopped, 1},
           {"started by somebody else, to be destroyed", ActionKind::kDestroy, ErrorKind::kPrecondition,
            MachineState::kStarted, 2},
           {"gone, to be destroyed", ActionKind::kDestroy, ErrorKind::kNotFound, MachineState::kUnknown, 1},
       }) {
    api_.calls.clear();
    api_.state = c.is;
    const std::string call = c.action == ActionKind::kStart  ? "start"
                             : c.action == ActionKind::kStop ? "stop"
                                                             : "destroy";
    api_.reply = [&](const std::string& made, const std::string& id) -> std::optional<Error> {
      if (made == call && id == "m0") return error_of(c.refusal);
      return std::nullopt;
    };
    EXPECT_EQ(done_of(run(plan_of(c.action, 1, 2))), 1) << c.name;
    EXPECT_EQ(std::ranges::count(api_.calls, call, &std::pair<std::string, std::string>::first), c.tried) << c.name;
  }
}

TEST_F(Actuator, ARegionWithoutRoomMakesWayForTheNext) {
  const fly::Machine machine = source();
  api_.reply = [](const std::string&, const std::string& body) -> std::optional<Error> {
    if (body.find("\"syd\"") == std::string::npos) return error_of(ErrorKind::kCapacity);
    return std::nullopt;
  };
  scale::Plan plan = creates(1);
  plan.regions = {"iad", "fra", "syd"};
  const std::vector<Outcome> outcomes = run(plan, &machine);
  EXPECT_EQ(outcomes[0].kind, OutcomeKind::kDone);
  EXPECT_EQ(outcomes[0].region, "syd");
  EXPECT_EQ(outcomes[0].full_regions, (std::vector<std::string>{"iad", "fra"}));
  api_.calls.clear();
  plan.regions = {"iad", "fra"};
  EXPECT_EQ(run(plan, &machine)[0].kind, OutcomeKind::kRefused);
  EXPECT_EQ(api_.calls.size(), 2);
}

TEST_F(Actuator, ANameThatExistsIsTheMachineThatWasWanted) {
  const fly::Machine machine = source();
  api_.reply = [](const std::string&, const std::string&) { return std::optional(error_of(ErrorKind::kConflict)); };
  const std::vector<Outcome> outcomes = run(creates(1), &machine);
  ASSERT_EQ(outcomes.size(), 1);
  EXPECT_EQ(outcomes[0].kind, OutcomeKind::kDone);
}

}  // namespace
}  // namespace fas::control
