// The history on disk while all is well, and by what it is bounded.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <string>
#include <utility>
#include <vector>

#include "control/sqlite.h"
#include "tests/control/history_support.h"

namespace fas::control {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

sqlite::Database other_connection(const std::string& file) {
  Result<sqlite::Database> database = sqlite::Database::open(file, SQLITE_OPEN_READWRITE);
  EXPECT_TRUE(database) << database.error().message;
  return std::move(*database);
}

TEST_F(HistoryOnDisk, GoesOnAfterARestart) {
  open();
  history_->append(record_of("web", 1, "a"));
  history_->remember("web", "kept");
  history_->remember("old", "soon forgotten");
  ASSERT_TRUE(flush());
  history_->remember("old", "");
  open();
  EXPECT_EQ(history_->memory("web"), "kept");
  EXPECT_EQ(history_->memory("old"), "");
  history_->append(record_of("web", 2, "b"));
  EXPECT_EQ(decisions_of(read()), "b a");
  EXPECT_TRUE(history_->status().ok);
  EXPECT_EQ(log_.all(), "");
}

TEST_F(HistoryOnDisk, WritesWhatIsQueuedWhenItEnds) {
  open();
  for (int i = 0; i < 2'000; ++i) history_->append(record_of("web", i, std::string(1'000, 'x')));
  history_.reset();
  EXPECT_EQ(read_outside({.limit = 10'000})->size(), 2'000);
}

TEST_F(HistoryOnDisk, IsForThisUserAlone) {
  open(state_dir() + "/deeper//folder/");
  history_->append(record_of("web", 1));
  ASSERT_TRUE(flush());
  const std::string folder = state_dir() + "/deeper/folder";
  const auto rights = [](const std::string& path) {
    struct stat status{};
    EXPECT_EQ(stat(path.c_str(), &status), 0) << path;
    return status.st_mode & 0777;
  };
  EXPECT_EQ(rights(folder), 0700);
  for (const char* name : {"/history.db", "/history.db-wal", "/history.db-shm", "/lock"}) {
    EXPECT_EQ(rights(folder + name), 0600) << name;
  }
}

TEST_F(HistoryOnDisk, CountsWhatItHasWritten) {
  open();
  ASSERT_TRUE(flush()) << "nothing to write";
  EXPECT_EQ(history_->counts().written, 0);
  for (int i = 0; i < 10; ++i) history_->append(record_of("web", i));
  ASSERT_TRUE(flush());
  EXPECT_EQ(history_->counts().written, 10);
  EXPECT_EQ(history_->counts().dropped, 0);
}

TEST_F(HistoryOnDisk, AnswersManyWhoWait) {
  open();
  int answered = 0;
  for (int i = 0; i < 50; ++i) {
    history_->append(record_of("web", i));
    boost::asio::co_spawn(loop_, history_->flushed(clock_.now() + hours(1)),
                          [&](const std::exception_ptr&, bool flushed) { answered += flushed ? 1 : 0; });
  }
  EXPECT_EQ(read({.limit = 1'000})->size(), 50);
  while (answered < 50 && loop_.run_one_for(std::chrono::seconds(30)) > 0) {
  }
  EXPECT_EQ(answered, 50);
}

TEST_F(HistoryOnDisk, AnswersThoseWhoWaitWhenItEnds) {
  open();
  history_->append(record_of("web", 1, "a"));
  std::optional<bool> flushed;
  std::string seen;
  boost::asio::co_spawn(loop_, history_->flushed(clock_.now() + hours(1)),
                        [&](const std::exception_ptr&, bool value) { flushed = value; });
  boost::asio::co_spawn(
      loop_, history_->read({}),
      [&](const std::exception_ptr&, Result<std::vector<HistoryRecord>> found) { seen = decisions_of(found); });
  loop_.poll();
  history_.reset();
  loop_.restart();
  loop_.run();
  EXPECT_EQ(flushed, true);
  EXPECT_EQ(seen, "a");
}

TEST_F(HistoryOnDisk, WaitsForNobodyBeyondTheDeadline) {
  open();
  ASSERT_TRUE(flush());
  sqlite::Database other = other_connection(file());
  ASSERT_TRUE(other.run("BEGIN IMMEDIATE"));
  history_->append(record_of("web", 1, "a"));
  EXPECT_FALSE(flush(milliseconds(1)));
  ASSERT_TRUE(other.run("COMMIT"));
  EXPECT_TRUE(flush_in_the_end());
  EXPECT_EQ(decisions_of(read_outside()), "a");
}

TEST_F(HistoryOnDisk, DropsTheOldAtTheStart) {
  const WallTime now = clock_.wall_now();
  const auto append = [&](hours age, std::string decision) {
    HistoryRecord record = record_of("web", 0, std::move(decision));
    record.at = now - age;
    history_->append(std::move(record));
  };
  open();
  for (int i = 0; i < 1'000; ++i) append(hours(49), "old");
  append(hours(47), "young");
  history_->remember("web", "kept however old");
  ASSERT_TRUE(flush());
  options_.bounds.max_age = hours(48);
  open();
  EXPECT_TRUE(eventually([&] { return decisions_of(read({.limit = 2'000})) == "young"; })) << "more than one bite";
  EXPECT_EQ(history_->memory("web"), "kept however old");
}

TEST_F(HistoryOnDisk, DropsTheOldAsTimeGoesOn) {
  options_.bounds.max_age = hours(1);
  open();
  history_->append(record_of("web", 0, "years old"));
  history_->append({.app = "web", .at = clock_.wall_now(), .action = "start", .decision = "new"});
  EXPECT_TRUE(eventually([&] { return decisions_of(read()) == "new"; }));
}

TEST_F(HistoryOnDisk, StaysWithinItsBytes) {
  options_.bounds = {.max_age = options_.bounds.max_age, .max_bytes = 1 << 20};
  open();
  constexpr int kRecords = 3'000;
  for (int i = 0; i < kRecords; ++i) history_->append(record_of("web", i, std::string(2'000, 'x')));
  history_->remember("web", "kept");
  ASSERT_TRUE(flush());
  const auto bytes = [&] {
    sqlite::Database other = other_connection(file());
    return other.number("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()").value_or(1 << 30);
  };
  EXPECT_TRUE(eventually([&] { return bytes() <= 1 << 20; })) << bytes();
  const Result<std::vector<HistoryRecord>> left = read({.limit = kRecords});
  ASSERT_TRUE(left);
  EXPECT_GT(left->size(), 100) << "no more is dropped than has to be";
  EXPECT_EQ(left->front().at, at_second(kRecords - 1)) << "the newest stay";
  EXPECT_EQ(left->back().at, at_second(kRecords - static_cast<std::int64_t>(left->size())));
  history_.reset();
  EXPECT_LE(std::filesystem::file_size(file()), 1 << 20);
  open();
  EXPECT_EQ(history_->memory("web"), "kept");
}

}  // namespace
}  // namespace fas::control
