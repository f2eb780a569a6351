// What every history promises: in memory, on disk, and that of another loop.
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "control/memory_history.h"
#include "control/posted_history.h"
#include "net/loop_thread.h"
#include "tests/control/history_support.h"

namespace fas::control {
namespace {

struct Kind {
  const char* name;
  bool on_disk;
  bool elsewhere = false;
};

class AnyHistory : public testing::TestWithParam<Kind> {
 protected:
  AnyHistory() {
    if (GetParam().on_disk) {
      // The tests' records are old.
      const SqliteHistoryOptions options{.bounds = {.max_age = std::chrono::hours(1'000'000)}};
      history_ = SqliteHistory::open(directory_.file("state"), options, loop_.get_executor(), clock_);
    } else {
      history_ = std::make_unique<MemoryHistory>();
    }
    if (!GetParam().elsewhere) return;
    there_ = std::exchange(history_, nullptr);
    history_ = std::make_unique<PostedHistory>(other_loop_.loop().get_executor(), *there_, clock_);
    other_loop_.start();
  }
  ~AnyHistory() override { other_loop_.stop(); }

  std::string read(HistoryQuery query) { return decisions_of(test::run(loop_, history_->read(std::move(query)))); }

  test::TempDir directory_;
  boost::asio::io_context loop_;
  net::SystemClock clock_{loop_};
  net::LoopThread other_loop_{"history"};
  std::unique_ptr<History> there_;  // on the other loop
  std::unique_ptr<History> history_;
};

INSTANTIATE_TEST_SUITE_P(Histories, AnyHistory,
                         testing::Values(Kind{"Memory", false}, Kind{"Sqlite", true}, Kind{"Posted", false, true}),
                         [](const auto& test) { return test.param.name; });

TEST_P(AnyHistory, IsEmptyAtFirst) {
  EXPECT_EQ(read({}), "");
  EXPECT_EQ(history_->memory("web"), "");
}

TEST_P(AnyHistory, ShowsWhatTheQueryAsksForTheNewestFirst) {
  const auto append = [this](std::string app, int second, std::string action, bool ok, std::string decision) {
    HistoryRecord record = record_of(std::move(app), second, std::move(decision));
    record.action = std::move(action);
    record.ok = ok;
    history_->append(std::move(record));
  };
  append("web", 10, "start", true, "a");
  append("worker-1", 20, "no_scale", true, "b");
  append("worker-2", 30, "no_scale", false, "c");
  append("worker-2", 40, "stop", true, "d");
  append("web", 40, "create", false, "e");
  append("web", 35, "destroy", true, "f");  // a clock that was set back

  struct Case {
    const char* name;
    HistoryQuery query;
    const char* expected;
  };
  const std::vector<Case> cases = {
      {"everything", {}, "e d f c b a"},
      {"one app", {.app = "web"}, "e f a"},
      {"a wildcard", {.app = "worker-*"}, "d c b"},
      {"a wildcard within", {.app = "w*-2"}, "d c"},
      {"every app by a wildcard", {.app = "*"}, "e d f c b a"},
      {"no such app", {.app = "we"}, ""},
      {"letters are what they are", {.app = "WEB"}, ""},
      {"SQL's own wildcards mean nothing", {.app = "worker%"}, ""},
      {"nor do those of GLOB", {.app = "w?b*"}, ""},
      {"a quote", {.app = "web' OR '1'='1"}, ""},
      {"since, inclusive", {.since = at_second(35)}, "e d f"},
      {"until, inclusive", {.until = at_second(20)}, "b a"},
      {"between", {.since = at_second(20), .until = at_second(30)}, "c b"},
      {"none between", {.since = at_second(30), .until = at_second(20)}, ""},
      {"actions, and what went wrong", {.actions_only = true}, "e d f c a"},
      {"actions of a wildcard", {.app = "worker-*", .actions_only = true}, "d c"},
      {"the limit", {.limit = 2}, "e d"},
      {"the limit counts what matches", {.app = "worker-*", .limit = 2}, "d c"},
      {"a limit of none", {.limit = 0}, ""},
  };
  for (const Case& test : cases) EXPECT_EQ(read(test.query), test.expected) << test.name;
}

TEST_P(AnyHistory, ShowsAHundredUnlessAskedForMore) {
  for (int i = 0; i < 250; ++i) history_->append(record_of("web", i));
  EXPECT_EQ(test::run(loop_, history_->read({}))->size(), 100);
  EXPECT_EQ(test::run(loop_, history_->read({.limit = 1000}))->size(), 250);
}

TEST_P(AnyHistory, KeepsEveryFieldAndEveryByte) {
  using namespace std::string_literals;  // NOLINT(google-build-using-namespace)
  const std::vector<std::string> texts = {
      "",          R"({"a":"it's \"quoted\""})", "\0 zero \0"s, "\xff\xfe no UTF-8 \xc3", std::string(3'000'000, 'x'),
      "ünïcödé 🚀"};
  for (const std::string& text : texts) {
    HistoryRecord record = record_of("app " + text.substr(0, 20), 1, text);
    record.at = at_second(0) + std::chrono::nanoseconds(123'456'789);
    record.action = "no_scale";
    record.count = -7;
    record.ok = false;
    history_->append(record);
    const Result<std::vector<HistoryRecord>> found = test::run(loop_, history_->read({.app = record.app, .limit = 1}));
    ASSERT_TRUE(found && found->size() == 1) << text.substr(0, 20);
    EXPECT_EQ(found->front().app, record.app);
    EXPECT_EQ(found->front().at, record.at);
    EXPECT_EQ(found->front().action, record.action);
    EXPECT_EQ(found->front().count, -7);
    EXPECT_FALSE(found->front().ok);
    EXPECT_TRUE(found->front().decision == text) << text.substr(0, 20);
  }
}

TEST_P(AnyHistory, RemembersTheLastOfEachApp) {
  history_->remember("web", "one");
  history_->remember("web", "two");
  history_->remember("worker", "three");
  EXPECT_EQ(history_->memory("web"), "two");
  EXPECT_EQ(history_->memory("worker"), "three");
  history_->remember("web", "");
  history_->remember("never seen", "");
  EXPECT_EQ(history_->memory("web"), "");
  EXPECT_EQ(history_->memory("worker"), "three");
}

TEST_P(AnyHistory, SaysWhetherItSurvives) {
  history_->append(record_of("web", 1));
  history_->remember("web", "one");
  EXPECT_EQ(test::run(loop_, history_->flushed(clock_.now() + std::chrono::seconds(30))), GetParam().on_disk);
}

TEST(MemoryHistory, GivesUpTheOldestBeyondItsBounds) {
  boost::asio::io_context loop;
  MemoryHistory by_number(RecordBounds{.records = 3});
  MemoryHistory by_size(RecordBounds{.bytes = 5'000});
  for (int i = 0; i < 10; ++i) {
    by_number.append(record_of("web", i, std::to_string(i)));
    by_size.append(record_of("web", i, std::string(2'000, static_cast<char>('0' + i))));
  }
  EXPECT_EQ(decisions_of(test::run(loop, by_number.read({}))), "9 8 7");
  EXPECT_EQ(test::run(loop, by_size.read({}))->size(), 2);
  by_size.append(record_of("web", 11, std::string(6'000, 'x')));
  EXPECT_EQ(test::run(loop, by_size.read({}))->size(), 0) << "one record beyond the bounds takes no more than they are";
}

}  // namespace
}  // namespace fas::control
