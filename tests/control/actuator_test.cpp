#include "control/actuator.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/control/fake_fly.h"
#include "tests/support/virtual_clock.h"

namespace fas::control {
namespace {

using scale::ActionKind;
using std::chrono::milliseconds;

class Actuator : public testing::Test {
 protected:
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
    for (int i = 0; i < count; ++i) plan.creates.push_back({.name = "fas-" + std::to_string(i), .region = "iad"});
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
  bool draining_ = false;

 private:
  boost::asio::awaitable<void> run_act(const scale::Plan& plan, const fly::Machine* machine, std::vector<Outcome>& out,
                                       bool& done) {
    const ActContext context{.api = api_, .telemetry = telemetry_, .draining = draining_};
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
  EXPECT_EQ(done_of(run(plan_of(ActionKind::kStop, 2, 5))), 2);
  EXPECT_EQ(api_.calls.size(), 2);
}

TEST_F(Actuator, AMachineThatRefusesMakesWayForTheNext) {
  api_.reply = [](const std::string&, const std::string& id) -> std::optional<Error> {
    if (id == "m0" || id == "m2") return error_of(ErrorKind::kPrecondition);
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

TEST_F(Actuator, StartedMachinesAreDestroyedByForceOthersAreNot) {
  scale::Plan plan = plan_of(ActionKind::kDestroy, 2, 2);
  plan.candidates[1].state = MachineState::kStarted;
  run(std::move(plan));
  std::set<std::string> calls;
  for (const auto& [call, id] : api_.calls) calls.insert(call + " " + id);
  EXPECT_EQ(calls, (std::set<std::string>{"destroy m0", "destroy-forced m1"}));
}

TEST_F(Actuator, ANameThatExistsIsTheMachineThatWasWanted) {
  const fly::Machine machine = source();
  api_.reply = [](const std::string&, const std::string&) { return std::optional(error_of(ErrorKind::kConflict)); };
  const std::vector<Outcome> outcomes = run(creates(1), &machine);
  ASSERT_EQ(outcomes.size(), 1);
  EXPECT_EQ(outcomes[0].kind, OutcomeKind::kDone);
}

TEST(Remember, KeepsTheNamesThatMattersForTheNextTick) {
  const WallTime now{std::chrono::hours(1)};
  scale::Plan plan{.action = ActionKind::kCreate, .count = 4};
  plan.creates = {{"done", "iad"}, {"lost", "fra"}, {"failed", "iad"}, {"again", "fra"}};
  scale::Memory memory;
  memory.pending = {{.name = "again", .region = "fra", .id = "", .at = now}};
  const std::vector<Outcome> outcomes = {
      {.kind = OutcomeKind::kDone, .id = "m1", .name = "done", .region = "iad"},
      {.kind = OutcomeKind::kUnknown, .name = "lost", .region = "fra", .error = error_of(ErrorKind::kUnknownOutcome)},
      {.kind = OutcomeKind::kFailed, .name = "failed", .region = "iad", .error = error_of(ErrorKind::kUnavailable)},
      {.kind = OutcomeKind::kDone, .id = "m2", .name = "again", .region = "fra"}};
  memory = remember(std::move(memory), plan, outcomes, 3, now);
  ASSERT_EQ(memory.pending.size(), 3);
  EXPECT_EQ(memory.pending[0].name, "done");
  EXPECT_EQ(memory.pending[1].name, "lost");
  EXPECT_EQ(memory.pending[1].id, "");
  EXPECT_EQ(memory.pending[2].id, "m2");
  EXPECT_EQ(memory.next_region, 1);
}

}  // namespace
}  // namespace fas::control
