// Apps on several event loops, each with a thread of its own. The apps' machines are asked of a port that nobody
// listens on: what counts here is which loop is told what.
#include "control/schedulers.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "control/log.h"
#include "control/memory_history.h"
#include "net/ask.h"
#include "net/curl_transport.h"
#include "net/system_clock.h"
#include "tests/support/run.h"

namespace fas::control {
namespace {

namespace asio = boost::asio;
using std::chrono::seconds;

config::Config config_of(std::string started) {
  config::Config config;
  config.app_name = "app-*";
  config.org = "acme";
  config.threads = 3;
  config.concurrency = 90;
  config.timeout = std::chrono::milliseconds(50);
  config.machines_api_url = "http://127.0.0.1:9";
  config.graphql_api_url = "http://127.0.0.1:9";
  config.interval = std::chrono::hours(1);
  config.counts.min_started = config::Expression{.text = std::move(started), .origin = {.env = "FAS_STARTED"}};
  config.counts.max_started = config.counts.min_started;
  return config;
}

class SeveralLoops : public testing::Test {
 protected:
  SeveralLoops() {
    set_log_sink([](std::string_view, void*) {}, nullptr);  // every tick fails
    const config::Config config = config_of("1");
    scheduler_ = std::make_unique<Scheduler>(loop_.get_executor(), clock_, telemetry_, history_, setup_of(config));
    scheduler_->show_on(board_);
    schedulers_ = std::make_unique<Schedulers>(loop_.get_executor(), clock_, *scheduler_, history_);
    for (int number = 1; number < config.threads; ++number) {
      auto worker = Worker::make(number, config, telemetry_.registry(), loop_.get_executor(), history_, board_);
      EXPECT_TRUE(worker);
      workers_.push_back(worker->get());
      schedulers_->add(std::move(*worker));
    }
    asio::co_spawn(loop_, schedulers_->run(seconds(1)), [this](const std::exception_ptr&) { ended_ = true; });
    for (int i = 0; i < 30; ++i) names_.push_back("app-" + std::to_string(i));
    schedulers_->set_apps(names_);
  }
  ~SeveralLoops() override {
    schedulers_->stop();
    EXPECT_TRUE(until([this] { return ended_; }));
    set_log_sink(nullptr, nullptr);
  }

  std::shared_ptr<control::Setup> setup_of(config::Config config) {
    const metrics::SourceContext context{.loop = loop_, .clock = clock_, .http = http_};
    auto setup = make_setup(std::move(config), context, telemetry_, std::make_shared<net::RateLimiter>(clock_));
    EXPECT_TRUE(setup) << setup.error().message;
    return setup ? *setup : nullptr;
  }

  bool until(const std::function<bool()>& done) {
    const TimePoint give_up = clock_.now() + seconds(20);
    loop_.restart();
    while (!done()) {
      if (clock_.now() > give_up) return false;
      loop_.run_one_for(std::chrono::milliseconds(5));
    }
    return true;
  }
  bool all_have_ticked() {
    return until([this] {
      return board_.cards().size() == names_.size() &&
             std::ranges::all_of(board_.cards(), [](const auto& card) { return card.second.last.has_value(); });
    });
  }
  template <class T>
  Result<T> wait_for(asio::awaitable<Result<T>> operation) {
    return test::run(loop_, std::move(operation));
  }
  Pulse pulse() { return test::run(loop_, schedulers_->pulse()); }
  // How many of the apps each loop has.
  std::vector<std::size_t> shares() {
    std::vector<std::size_t> counts = {scheduler_->app_count()};
    for (Worker* worker : workers_) {
      counts.push_back(*wait_for<std::size_t>(net::ask<std::size_t>(
          worker->executor(), clock_, clock_.now() + seconds(10),
          [worker]() -> asio::awaitable<Result<std::size_t>> { co_return worker->scheduler().app_count(); })));
    }
    return counts;
  }

  asio::io_context loop_;
  net::SystemClock clock_{loop_};
  net::CurlTransport http_{loop_, clock_};
  Telemetry telemetry_;
  MemoryHistory history_;
  Board board_;
  std::unique_ptr<Scheduler> scheduler_;
  std::unique_ptr<Schedulers> schedulers_;
  std::vector<Worker*> workers_;
  std::vector<std::string> names_;
  bool ended_ = false;
};

TEST_F(SeveralLoops, ShareTheAppsAndShowThemOnOneBoard) {
  ASSERT_TRUE(all_have_ticked());
  std::size_t sum = 0;
  for (const std::size_t share : shares()) {
    EXPECT_GT(share, 0);
    sum += share;
  }
  EXPECT_EQ(sum, names_.size());
  const std::string page = telemetry_.exposition();
  EXPECT_NE(page.find("fas_apps 30"), std::string::npos) << page;
  EXPECT_NE(page.find("fas_ticks_total{result=\"failed\"} 30"), std::string::npos) << page;
  EXPECT_EQ(page.find("fas_ticks_total{result=\"failed\"}"), page.rfind("fas_ticks_total{result=\"failed\"}"));
}

TEST_F(SeveralLoops, WhoIsRemovedIsToldOfHereOnce) {
  ASSERT_TRUE(all_have_ticked());
  const std::thread::id here = std::this_thread::get_id();
  int told = 0;
  for (const std::string& name : names_) {
    schedulers_->remove(name, [&] {
      EXPECT_EQ(std::this_thread::get_id(), here);
      ++told;
    });
  }
  EXPECT_TRUE(schedulers_->apps().empty());
  EXPECT_TRUE(until([&] { return told == 30; }));
  EXPECT_TRUE(until([&] { return board_.cards().empty(); }));
  EXPECT_EQ(telemetry_.exposition().find("app-"), std::string::npos) << "its series go, too";
}

TEST_F(SeveralLoops, OfTwoRemovalsEachHasItsOwnEnd) {
  ASSERT_TRUE(all_have_ticked());
  bool back = false;
  int first = 0;
  int second = 0;
  for (const std::string& name : names_) {
    schedulers_->remove(name, [&] { ++first; });
    schedulers_->add(name);
    schedulers_->remove(name, [&] {
      EXPECT_TRUE(back);
      ++second;
    });
    back = true;
  }
  EXPECT_TRUE(until([&] { return second == 30; }));
  // One that is back before the first loop knows of its end has not ended.
  EXPECT_LT(first, 30);
}

TEST_F(SeveralLoops, NewsReachTheAppsLoop) {
  ASSERT_TRUE(all_have_ticked());
  for (const std::string& name : names_) {
    EXPECT_EQ(wait_for<WakeResult>(schedulers_->try_wake(name, "api")).value(), WakeResult::kWoken) << name;
  }
  EXPECT_EQ(wait_for<WakeResult>(schedulers_->try_wake("app-99", "api")).value(), WakeResult::kUnknown);
  const auto ticks = [&](const char* count) {
    return telemetry_.exposition().find("fas_ticks_total{result=\"failed\"} " + std::string(count)) !=
           std::string::npos;
  };
  EXPECT_TRUE(until([&] { return ticks("60"); })) << telemetry_.exposition();
  for (const std::string& name : names_) EXPECT_TRUE(schedulers_->tick_now(name));
  EXPECT_FALSE(schedulers_->tick_now("app-99"));
  EXPECT_TRUE(until([&] { return ticks("90"); })) << telemetry_.exposition();
}

TEST_F(SeveralLoops, WhatIsSetByHandIsOnTheBoardWhenTheCallReturns) {
  ASSERT_TRUE(all_have_ticked());
  for (const std::string& name : names_) {
    const scale::Hand hand{.paused = true, .reason = "quiet"};
    EXPECT_TRUE(wait_for<bool>(schedulers_->set_hand(name, hand)).value_or(false));
    ASSERT_TRUE(board_.find(name)->hand) << name;
    EXPECT_EQ(board_.find(name)->hand->reason, "quiet");
  }
  EXPECT_FALSE(wait_for<bool>(schedulers_->set_hand("app-99", std::nullopt)).value_or(true));
}

TEST_F(SeveralLoops, APlanIsMadeWhereTheAppIs) {
  ASSERT_TRUE(all_have_ticked());
  for (const std::string& name : names_) {
    const auto decision =
        wait_for<scale::Decision>(schedulers_->look(name, clock_.now() + std::chrono::milliseconds(50)));
    ASSERT_FALSE(decision);
    EXPECT_NE(decision.error().message.find("cannot list machines"), std::string::npos) << decision.error().message;
  }
  const auto none = wait_for<scale::Decision>(schedulers_->look("app-99", clock_.now() + seconds(10)));
  EXPECT_EQ(none.error().kind, ErrorKind::kNotFound);
}

TEST_F(SeveralLoops, TakeOverAConfigurationTogether) {
  ASSERT_TRUE(all_have_ticked());
  const std::uint64_t before = schedulers_->generation();
  ASSERT_TRUE(wait_for<void>(schedulers_->replace(setup_of(config_of("7")))));
  EXPECT_NE(schedulers_->generation(), before);
  for (Worker* worker : workers_) {
    const auto text = wait_for<std::string>(net::ask<std::string>(
        worker->executor(), clock_, clock_.now() + seconds(10), [worker]() -> asio::awaitable<Result<std::string>> {
          co_return worker->scheduler().setup()->config.counts.min_started->text;
        }));
    EXPECT_EQ(text.value_or(""), "7");
  }
}

TEST_F(SeveralLoops, ALoopThatIsStuckIsNoticed) {
  ASSERT_TRUE(all_have_ticked());
  EXPECT_EQ(pulse().silent, 0);
  std::promise<void> release;
  asio::post(workers_[0]->executor(), [held = release.get_future().share()] { held.wait(); });
  EXPECT_EQ(pulse().silent, 1);
  release.set_value();
  EXPECT_EQ(pulse().silent, 0);
}

}  // namespace
}  // namespace fas::control
