#include "metrics/shared_source.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "metrics/source_pool.h"
#include "tests/metrics/settings.h"
#include "tests/support/virtual_clock.h"

namespace fas::metrics {
namespace {

using std::chrono::seconds;

// Answers after a second with how many times it was asked.
class Slow final : public Source {
 public:
  Slow(Clock& clock, std::vector<std::string>& asked) : clock_(clock), asked_(asked) {}

  boost::asio::awaitable<Result<Sample>> collect(Query query, Deadline deadline) override {
    asked_.push_back(query.app);
    const auto count = static_cast<double>(asked_.size());
    const TimePoint ready = clock_.now() + seconds(1);
    co_await clock_.sleep_until(std::min(ready, deadline));
    if (deadline < ready) co_return fail(ErrorKind::kTimeout, "too slow");
    if (query.app == "broken") co_return fail(ErrorKind::kUnavailable, "is down");
    co_return Sample{.value = count, .at = std::nullopt, .warnings = {}};
  }

 private:
  Clock& clock_;
  std::vector<std::string>& asked_;
};

class SharedSourceTest : public testing::Test {
 protected:
  void make(bool per_app, Duration cache) {
    source_.emplace(std::make_unique<Slow>(clock_, asked_), loop_.get_executor(), clock_, per_app, cache);
  }

  // Begins a collect; its answer is in place once run() has returned.
  void ask(std::optional<Result<Sample>>& answer, std::string app = "web", Duration limit = seconds(10),
           TimePoint fresh_from = {}) {
    Query query{.app = std::move(app), .fresh_from = fresh_from};
    boost::asio::co_spawn(loop_, source_->collect(std::move(query), clock_.now() + limit),
                          [&answer](std::exception_ptr failure, Result<Sample> sample) {
                            if (failure == nullptr) answer.emplace(std::move(sample));
                          });
  }
  void run() {
    clock_.run_until([] { return false; });
  }

  boost::asio::io_context loop_;
  test::VirtualClock clock_{loop_};
  std::vector<std::string> asked_;
  std::optional<SharedSource> source_;
};

TEST_F(SharedSourceTest, EqualQuestionsAtOnceAreOne) {
  make(/*per_app=*/false, Duration{0});
  std::optional<Result<Sample>> a, b, c;
  ask(a, "web");
  ask(b, "api");
  ask(c, "web");
  run();
  ASSERT_TRUE(a && b && c);
  EXPECT_EQ(asked_, (std::vector<std::string>{"web"}));
  EXPECT_EQ(number(*a), 1);
  EXPECT_EQ(number(*b), 1);
  EXPECT_EQ(number(*c), 1);
  ask(a);
  run();
  EXPECT_EQ(asked_.size(), 2) << "without a cache nothing is kept";
}

TEST_F(SharedSourceTest, AppsAreKeptApart) {
  make(/*per_app=*/true, seconds(60));
  std::optional<Result<Sample>> a, b, c;
  ask(a, "web");
  ask(b, "api");
  ask(c, "web");
  run();
  EXPECT_EQ(asked_, (std::vector<std::string>{"web", "api"}));
  EXPECT_EQ(number(*b), 2);
  EXPECT_EQ(number(*c), 1);
}

TEST_F(SharedSourceTest, AnAnswerIsUsedAgainForItsTime) {
  make(/*per_app=*/false, seconds(15));
  std::optional<Result<Sample>> answer;
  ask(answer);
  run();  // a second
  clock_.run_for(seconds(14));
  ask(answer, "other");
  run();
  EXPECT_EQ(asked_.size(), 1);
  clock_.run_for(seconds(1));
  ask(answer);
  run();
  EXPECT_EQ(asked_.size(), 2);
}

TEST_F(SharedSourceTest, AnAnswerOfBeforeTheNewsIsNotWaitedFor) {
  make(/*per_app=*/false, Duration{0});
  std::optional<Result<Sample>> before, after, later;
  ask(before);
  clock_.run_for(std::chrono::milliseconds(300));
  const TimePoint news = clock_.now();
  ask(after, "web", seconds(10), news);
  clock_.run_for(std::chrono::milliseconds(300));
  ask(later, "api", seconds(10), news);  // the question that is under way has been asked after the news
  run();
  EXPECT_EQ(asked_.size(), 2);
  EXPECT_EQ(number(*before), 1);
  EXPECT_EQ(number(*after), 2);
  EXPECT_EQ(number(*later), 2);
  ask(before);
  run();
  EXPECT_EQ(asked_.size(), 3);
}

TEST_F(SharedSourceTest, WhatSomebodyWantsKeptIsUsedHoweverManyNewsThereAre) {
  make(/*per_app=*/false, seconds(15));
  std::optional<Result<Sample>> answer;
  ask(answer);
  run();
  clock_.run_for(seconds(1));
  ask(answer, "web", seconds(10), clock_.now());
  run();
  EXPECT_EQ(asked_.size(), 1);
}

TEST_F(SharedSourceTest, AnErrorIsSharedAndNotKept) {
  make(/*per_app=*/true, seconds(60));
  std::optional<Result<Sample>> a, b;
  ask(a, "broken");
  ask(b, "broken");
  run();
  EXPECT_EQ(asked_.size(), 1);
  EXPECT_EQ(message(*b), "is down");
  ask(a, "broken");
  run();
  EXPECT_EQ(asked_.size(), 2);
}

TEST_F(SharedSourceTest, WhoHasMoreTimeAsksAgain) {
  make(/*per_app=*/false, Duration{0});
  std::optional<Result<Sample>> hasty, patient;
  ask(hasty, "web", std::chrono::milliseconds(500));
  ask(patient);
  run();
  EXPECT_EQ(message(*hasty), "too slow");
  EXPECT_EQ(number(*patient), 2);
}

TEST_F(SharedSourceTest, WhoHasLessTimeWaitsNoLonger) {
  make(/*per_app=*/false, Duration{0});
  std::optional<Result<Sample>> hasty, patient;
  ask(patient);
  ask(hasty, "web", std::chrono::milliseconds(500));
  run();
  EXPECT_EQ(hasty->error().kind, ErrorKind::kTimeout);
  EXPECT_EQ(number(*patient), 1);
  EXPECT_EQ(asked_.size(), 1);
}

TEST(SourcePool, EqualSettingsShareASource) {
  boost::asio::io_context loop;
  test::VirtualClock clock(loop);
  test::FakeTransport http([](const net::HttpRequest&) { return net::HttpResponse{}; });
  const SourceContext context{.loop = loop, .clock = clock, .http = http};
  const SourceKind& kind = *find_source_kind("http");
  const auto with_ca = [](std::string ca) {
    auto tls = std::make_shared<const Settings>(settings({{"server-name", text(std::move(ca))}}));
    return settings({{"url", text("https://a/x")}, {"tls", FieldValue(std::move(tls))}});
  };
  SourcePool pool;
  const auto first = pool.get(kind, with_ca("a"), context);
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ(*pool.get(kind, with_ca("a"), context), *first);
  EXPECT_NE(*pool.get(kind, with_ca("b"), context), *first);
}

TEST(SourcePool, WhatDependsOnTheApp) {
  EXPECT_FALSE(depends_on_app(settings({{"query", text("sum(x)")}, {"series", true}})));
  EXPECT_TRUE(depends_on_app(settings({{"query", text("sum(x{app=\"${APP_NAME}\"})")}})));
  EXPECT_TRUE(depends_on_app(settings({{"list", std::vector<std::string>{"a", "queue:$APP_NAME"}}})));
  EXPECT_TRUE(depends_on_app(settings({{"headers", TextMap{{"X-App", "$APP_NAME"}}}})));
}

}  // namespace
}  // namespace fas::metrics
