// The numbers of ticks, through every way that a history takes.
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>
#include <utility>

#include "control/history_read.h"
#include "control/memory_history.h"
#include "control/sqlite.h"
#include "tests/control/history_support.h"

namespace fas::control {
namespace {

scale::Decision decision_of(std::int64_t second, double value) {
  scale::Decision decision;
  decision.at = at_second(second);
  decision.current.started = static_cast<int>(value);
  decision.observations.push_back({.metric = "jobs", .value = value});
  return decision;
}

// "15=1 30=2": second and value.
std::string text_of(const Result<scale::Samples>& samples) {
  if (!samples) return "error: " + samples.error().message;
  std::string all;
  for (std::size_t tick = 0; tick < samples->ticks.size(); ++tick) {
    const auto second = (samples->ticks[tick].at - at_second(0)) / std::chrono::seconds(1);
    all += (all.empty() ? "" : " ") + std::to_string(second) + "=" +
           std::to_string(static_cast<int>(samples->row(tick)[0]));
  }
  return all;
}

std::string expected(int from, int to) {
  std::string all;
  for (int i = from; i <= to; ++i) all += (all.empty() ? "" : " ") + std::to_string(15 * i) + "=" + std::to_string(i);
  return all;
}

void add(History& history, const std::string& app, int from, int to) {
  for (int i = from; i <= to; ++i) history.sample(app, decision_of(15 * i, i));
}

class HistorySamples : public HistoryOnDisk {
 protected:
  Result<scale::Samples> samples(SampleQuery query) { return test::run(loop_, history_->samples(std::move(query))); }
};

TEST_F(HistorySamples, EveryTickAtOnceHoweverManyThereAre) {
  open();
  int ticks = 0;
  for (const int more : {1, 18, 1, 1, 38, 1, 2, 150}) {
    add(*history_, "web", ticks + 1, ticks + more);
    ticks += more;
    add(*history_, "other", ticks, ticks);
    EXPECT_EQ(text_of(samples({.app = "web"})), expected(1, ticks));
    ASSERT_TRUE(flush());
    EXPECT_EQ(text_of(samples({.app = "web"})), expected(1, ticks));
  }
  EXPECT_EQ(text_of(samples({.app = "web", .since = at_second(15 * 30), .until = at_second(15 * 90)})),
            expected(30, 90));
  EXPECT_EQ(text_of(samples({.app = "nobody"})), "");
}

TEST_F(HistorySamples, StayAfterAnOrderlyEndAndGoOn) {
  open();
  add(*history_, "web", 1, 33);
  history_.reset();
  EXPECT_EQ(text_of(read_samples(state_dir(), {.app = "web"})), expected(1, 33));
  open();
  add(*history_, "web", 34, 70);
  EXPECT_EQ(text_of(samples({.app = "web"})), expected(1, 70));
  history_.reset();
  EXPECT_EQ(text_of(read_samples(state_dir(), {.app = "web", .since = at_second(150), .until = {}})), expected(10, 70));
}

TEST_F(HistorySamples, AFileOfTheFirstVersionGetsThem) {
  open();
  history_->append(record_of("web", 1, "a"));
  ASSERT_TRUE(flush());
  history_.reset();
  ASSERT_TRUE(
      sqlite::Database::open(file(), SQLITE_OPEN_READWRITE)->run("DROP TABLE samples; PRAGMA user_version = 1"));
  EXPECT_EQ(text_of(read_samples(state_dir(), {.app = "web"})), "");
  open();
  add(*history_, "web", 1, 60);
  ASSERT_TRUE(flush());
  EXPECT_EQ(decisions_of(read()), "a");
  EXPECT_EQ(text_of(samples({.app = "web"})), expected(1, 60));
  EXPECT_EQ(files("history.db.corrupt-"), 0);
}

TEST_F(HistorySamples, ADamagedChunkCostsItselfAlone) {
  open();
  add(*history_, "web", 1, 120);
  ASSERT_TRUE(flush());
  history_.reset();
  ASSERT_TRUE(sqlite::Database::open(file(), SQLITE_OPEN_READWRITE)
                  ->run("UPDATE samples SET data = x'ff' WHERE begin = (SELECT min(begin) FROM samples)"));
  EXPECT_EQ(text_of(read_samples(state_dir(), {.app = "web"})), expected(61, 120));
}

TEST_F(HistorySamples, AreTrimmedByAge) {
  options_.bounds.max_age =
      std::chrono::duration_cast<std::chrono::nanoseconds>(clock_.wall_now() - at_second(15 * 61));
  open();
  add(*history_, "web", 1, 120);
  EXPECT_TRUE(eventually([this] { return text_of(samples({.app = "web"})) == expected(61, 120); }));
}

TEST(MemoryHistorySamples, EveryTick) {
  boost::asio::io_context loop;
  MemoryHistory history;
  add(history, "web", 1, 150);
  add(history, "other", 1, 3);
  EXPECT_EQ(text_of(test::run(loop, history.samples({.app = "web"}))), expected(1, 150));
  EXPECT_EQ(text_of(test::run(loop, history.samples({.app = "web", .since = at_second(15 * 149)}))),
            expected(149, 150));
}

TEST(MemoryHistorySamples, StayInTheOrderOfTimeWhenAClockIsPutBack) {
  boost::asio::io_context loop;
  MemoryHistory history;
  add(history, "web", 10, 12);
  add(history, "web", 1, 2);
  EXPECT_EQ(text_of(test::run(loop, history.samples({.app = "web"}))), "15=1 30=2");
  add(history, "web", 3, 61);
  EXPECT_EQ(text_of(test::run(loop, history.samples({.app = "web"}))), expected(1, 61));
}

}  // namespace
}  // namespace fas::control
