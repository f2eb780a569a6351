#include "net/ask.h"

#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "base/duration.h"
#include "net/loop_thread.h"
#include "tests/support/run.h"

namespace fas::net {
namespace {

namespace asio = boost::asio;

class Ask : public testing::Test {
 protected:
  Ask() { other_.start(); }

  template <class T>
  Result<T> ask(Work<T> work, Duration patience = std::chrono::seconds(30)) {
    return test::run(loop_,
                     net::ask<T>(other_.loop().get_executor(), clock_, clock_.now() + patience, std::move(work)));
  }

  asio::io_context loop_;
  SystemClock clock_{loop_};
  LoopThread other_{"other"};
};

TEST_F(Ask, TheWorkIsDoneThereAndTheAnswerComesHere) {
  const Work<std::thread::id> who = []() -> asio::awaitable<Result<std::thread::id>> {
    co_return std::this_thread::get_id();
  };
  const Result<std::thread::id> there = ask<std::thread::id>(who);
  ASSERT_TRUE(there);
  EXPECT_NE(*there, std::this_thread::get_id());
  EXPECT_EQ(*ask<std::thread::id>(who), *there);
}

TEST_F(Ask, WhatTheWorkHoldsLivesUntilItsEnd) {
  auto owned = std::make_unique<std::string>("still here");
  std::weak_ptr<std::string> seen;
  const auto shared = std::shared_ptr<std::string>(std::move(owned));
  seen = shared;
  Clock& far_clock = other_.clock();
  const Result<std::string> answer = ask<std::string>([shared, &far_clock]() -> asio::awaitable<Result<std::string>> {
    co_await far_clock.sleep_until(far_clock.now() + std::chrono::milliseconds(20));
    co_return *shared;
  });
  EXPECT_EQ(answer.value_or(""), "still here");
}

TEST_F(Ask, AnErrorIsAnAnswer) {
  const Result<int> answer =
      ask<int>([]() -> asio::awaitable<Result<int>> { co_return fail(ErrorKind::kNotFound, "there is none"); });
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::kNotFound);
}

TEST_F(Ask, AnExceptionComesThrough) {
  const auto failing = []() -> asio::awaitable<Result<int>> {
    throw std::runtime_error("broken");
    co_return 1;
  };
  EXPECT_THROW(ask<int>(failing), std::runtime_error);
}

TEST_F(Ask, ALoopThatDoesNotAnswerIsWaitedForUntilTheDeadline) {
  std::promise<void> release;
  asio::post(other_.loop(), [held = release.get_future().share()] { held.wait(); });
  int done = 0;  // on the other loop
  const auto count = [&done]() -> asio::awaitable<Result<int>> { co_return ++done; };
  const Result<int> late = ask<int>(count, std::chrono::milliseconds(30));
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().kind, ErrorKind::kTimeout);
  release.set_value();
  EXPECT_EQ(ask<int>(count).value_or(0), 2) << "what was asked before has been done, too";
}

TEST_F(Ask, WhoIsCancelledWaitsNoLonger) {
  std::promise<void> release;
  asio::post(other_.loop(), [held = release.get_future().share()] { held.wait(); });
  asio::cancellation_signal cancel;
  bool ended = false;
  asio::co_spawn(loop_,
                 net::ask<int>(other_.loop().get_executor(), clock_, TimePoint::max(),
                               []() -> asio::awaitable<Result<int>> { co_return 1; }),
                 asio::bind_cancellation_slot(cancel.slot(),
                                              [&](const std::exception_ptr&, const Result<int>&) { ended = true; }));
  loop_.poll();
  EXPECT_FALSE(ended);
  cancel.emit(asio::cancellation_type::terminal);
  loop_.restart();
  while (!ended && loop_.run_one() > 0) {
  }
  EXPECT_TRUE(ended);
  release.set_value();
}

TEST_F(Ask, WhatIsAskedAndPostedIsBegunInThatOrder) {
  std::vector<int> order;  // on the other loop
  for (int i = 0; i < 100; ++i) asio::post(other_.loop(), [&order, i] { order.push_back(i); });
  const Result<std::vector<int>> seen =
      ask<std::vector<int>>([&order]() -> asio::awaitable<Result<std::vector<int>>> { co_return order; });
  ASSERT_TRUE(seen);
  ASSERT_EQ(seen->size(), 100);
  for (int i = 0; i < 100; ++i) EXPECT_EQ((*seen)[static_cast<std::size_t>(i)], i);
}

TEST(LoopThread, EndsThoughThereIsWorkLeft) {
  LoopThread thread("busy");
  asio::co_spawn(
      thread.loop(),
      [](Clock& clock) -> asio::awaitable<void> { co_await clock.sleep_until(TimePoint::max()); }(thread.clock()),
      [](const std::exception_ptr&) {});
  thread.start();
  thread.stop();
  thread.stop();
}

}  // namespace
}  // namespace fas::net
