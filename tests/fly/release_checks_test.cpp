#include "fly/release_checks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <exception>
#include <list>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/virtual_clock.h"

namespace fas::fly {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

class ReleaseChecksTest : public testing::Test {
 protected:
  struct Asked {
    std::optional<Result<bool>> answer;
    boost::asio::cancellation_signal cancel;
    bool cancelled = false;
  };

  Asked& ask(std::string app, std::chrono::nanoseconds limit = 30s) {
    Asked& asked = asked_.emplace_back();
    boost::asio::co_spawn(loop_, checks_.in_progress(std::move(app), clock_.now() + limit),
                          boost::asio::bind_cancellation_slot(
                              asked.cancel.slot(), [&asked](const std::exception_ptr& error, Result<bool> answer) {
                                asked.cancelled = error != nullptr;
                                if (error == nullptr) asked.answer = std::move(answer);
                              }));
    loop_.restart();
    loop_.poll();
    return asked;
  }
  // As many as there may be calls at once, so that the next have to wait.
  void fill() {
    for (std::size_t i = 0; i < ReleaseChecks::kSideBySide; ++i) ask("first");
  }
  void run() {
    clock_.run_until([] { return false; });
  }
  std::vector<std::size_t> sizes() const {
    std::vector<std::size_t> sizes;
    for (const auto& apps : calls_) sizes.push_back(apps.size());
    return sizes;
  }

  // Each call takes a second. An app that begins with "d" has a release, of "?" nothing is known.
  boost::asio::awaitable<ReleaseChecks::Answers> reply(std::vector<std::string> apps, Deadline deadline) {
    calls_.push_back(apps);
    const TimePoint ready = clock_.now() + 1s;
    co_await clock_.sleep_until(std::min(ready, deadline));
    ReleaseChecks::Answers answers;
    for (const std::string& app : apps) {
      if (deadline < ready) {
        answers.emplace_back(fail(ErrorKind::kTimeout, "too slow"));
      } else if (app == "?") {
        answers.emplace_back(fail(ErrorKind::kNotFound, "no such app"));
      } else {
        answers.emplace_back(app.starts_with('d'));
      }
    }
    co_return answers;
  }

  boost::asio::io_context loop_;
  test::VirtualClock clock_{loop_};
  std::vector<std::vector<std::string>> calls_;
  std::list<Asked> asked_;
  ReleaseChecks checks_{
      clock_, [this](std::vector<std::string> apps, Deadline deadline) { return reply(std::move(apps), deadline); }};
};

TEST_F(ReleaseChecksTest, FewGoAtOnceEachByItself) {
  fill();
  run();
  EXPECT_THAT(sizes(), ElementsAre(1, 1, 1, 1));
}

TEST_F(ReleaseChecksTest, WhoWaitsGoesWithTheOthersWhoWait) {
  for (int i = 0; i < 74; ++i) ask("a");
  run();
  EXPECT_THAT(sizes(), ElementsAre(1, 1, 1, 1, 50, 20));
  for (const Asked& asked : asked_) EXPECT_TRUE(asked.answer && *asked.answer && !**asked.answer);
}

TEST_F(ReleaseChecksTest, NobodyWaitsWhileThereIsRoomForAnotherCall) {
  const TimePoint begin = clock_.now();
  for (int i = 0; i < 74; ++i) ask("a");
  clock_.run_until(
      [&] { return std::ranges::all_of(asked_, [](const Asked& asked) { return asked.answer.has_value(); }); });
  EXPECT_EQ(clock_.now() - begin, 2s) << "a second for the first four, and one for all others";
  run();
}

TEST_F(ReleaseChecksTest, EachGetsTheAnswerForItsOwnApp) {
  fill();
  const Asked& quiet = ask("quiet");
  const Asked& deployed = ask("deployed");
  const Asked& unknown = ask("?");
  const Asked& last = ask("d");
  run();
  EXPECT_THAT(calls_.back(), ElementsAre("quiet", "deployed", "?", "d"));
  EXPECT_FALSE(quiet.answer.value().value());
  EXPECT_TRUE(deployed.answer.value().value());
  EXPECT_EQ(unknown.answer.value().error().kind, ErrorKind::kNotFound);
  EXPECT_TRUE(last.answer.value().value());
}

TEST_F(ReleaseChecksTest, AnAnswerThatIsOnItsWayIsNotForWhoAsksLater) {
  ask("d");
  ask("d");
  EXPECT_THAT(sizes(), ElementsAre(1, 1));
  run();
}

TEST_F(ReleaseChecksTest, WhoAskedForOthersAndIsCancelledLeavesThemToTheNext) {
  fill();
  Asked& leader = ask("leader");
  const Asked& second = ask("deployed");
  const Asked& third = ask("third");
  clock_.run_until([&] { return calls_.size() == 5; });
  ASSERT_THAT(calls_.back(), ElementsAre("leader", "deployed", "third"));
  leader.cancel.emit(boost::asio::cancellation_type::terminal);
  run();
  EXPECT_TRUE(leader.cancelled);
  EXPECT_THAT(calls_.back(), ElementsAre("deployed", "third"));
  EXPECT_TRUE(second.answer.value().value());
  EXPECT_FALSE(third.answer.value().value());
}

TEST_F(ReleaseChecksTest, WhoAskedForOthersAndHasLessTimeLeavesThemToTheNext) {
  fill();
  const Asked& leader = ask("leader", 1500ms);
  const Asked& second = ask("deployed");
  run();
  EXPECT_EQ(leader.answer.value().error().kind, ErrorKind::kTimeout);
  EXPECT_THAT(sizes(), ElementsAre(1, 1, 1, 1, 2, 1));
  EXPECT_TRUE(second.answer.value().value());
}

TEST_F(ReleaseChecksTest, WhoGivesUpWhileItWaitsHoldsNobodyUp) {
  fill();
  const Asked& hasty = ask("hasty", 500ms);
  Asked& cancelled = ask("cancelled");
  const Asked& patient = ask("deployed");
  cancelled.cancel.emit(boost::asio::cancellation_type::terminal);
  run();
  EXPECT_EQ(hasty.answer.value().error().kind, ErrorKind::kTimeout);
  EXPECT_EQ(hasty.answer.value().error().message, "app hasty: current release: not answered in time");
  EXPECT_TRUE(cancelled.cancelled);
  EXPECT_TRUE(patient.answer.value().value());
  EXPECT_THAT(calls_.back(), ElementsAre("deployed"));
}

TEST_F(ReleaseChecksTest, ACallThatTimesOutIsNotMadeAgainByItsOwnAsker) {
  const Asked& asked = ask("a", 500ms);
  run();
  EXPECT_EQ(asked.answer.value().error().kind, ErrorKind::kTimeout);
  EXPECT_EQ(calls_.size(), 1U);
}

}  // namespace
}  // namespace fas::fly
