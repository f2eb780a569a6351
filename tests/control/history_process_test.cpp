// The history and other processes: one that is killed, one that has the state-dir already, one that only reads.
#include <gtest/gtest.h>
#include <sys/prctl.h>

#include <csignal>
#include <string>

#include "control/sqlite.h"
#include "tests/control/history_support.h"

namespace fas::control {
namespace {

class HistoryProcess : public HistoryOnDisk {};

TEST_F(HistoryProcess, FlushedSurvivesSigkill) {
  const int status = run_in_child([this] {
    open();
    for (int i = 0; i < 500; ++i) history_->append(record_of("web", i, std::to_string(i)));
    history_->remember("web", "pending create 7");
    history_->remember("old", "gone");
    if (!flush()) return;
    history_->append(record_of("web", 500, "500"));
    history_->remember("web", "pending create 8");
    history_->remember("old", "");
    if (flush()) raise(SIGKILL);
  });
  ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << status;

  const Result<std::vector<HistoryRecord>> outside = read_outside({.limit = 1'000});
  ASSERT_TRUE(outside) << outside.error().message;
  ASSERT_EQ(outside->size(), 501);
  EXPECT_EQ(outside->front().decision, "500");
  EXPECT_EQ(outside->back().decision, "0");

  open();
  EXPECT_EQ(history_->memory("web"), "pending create 8");
  EXPECT_EQ(history_->memory("old"), "");
  EXPECT_EQ(read({.limit = 1'000})->size(), 501);
  EXPECT_EQ(log_.all(), "") << "a kill is nothing special";
}

// Killed at any moment, it has all up to what was flushed last, in order, and nothing is damaged.
TEST_F(HistoryProcess, SigkillAtAnyMomentDamagesNothing) {
  for (int round = 0; round < 20; ++round) {
    int pipe_ends[2];
    ASSERT_EQ(pipe(pipe_ends), 0);
    std::fflush(nullptr);
    const pid_t child = fork();
    if (child == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      open();
      for (int i = 0;; ++i) {
        history_->append(record_of("round " + std::to_string(round), i, std::string(300, 'x')));
        history_->remember("web", std::to_string(i));
        if (i % 3 != 0) continue;
        if (!flush()) _exit(1);
        if (write(pipe_ends[1], &i, sizeof i) != sizeof i) _exit(1);
      }
    }
    close(pipe_ends[1]);
    int flushed = -1;
    // Killed while it works on what comes after this.
    while (flushed < round * 9 && ::read(pipe_ends[0], &flushed, sizeof flushed) == sizeof flushed) {
    }
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << status;
    while (::read(pipe_ends[0], &flushed, sizeof flushed) == sizeof flushed) {
    }
    close(pipe_ends[0]);

    const HistoryQuery query{.app = "round " + std::to_string(round), .limit = 100'000};
    const Result<std::vector<HistoryRecord>> found = read_outside(query);
    ASSERT_TRUE(found) << found.error().message;
    ASSERT_GE(static_cast<int>(found->size()), flushed + 1);
    for (std::size_t i = 0; i < found->size(); ++i) {
      ASSERT_EQ((*found)[i].at, at_second(static_cast<std::int64_t>(found->size() - 1 - i)));
    }
    open();
    EXPECT_GE(std::stoi(history_->memory("web")), flushed);
    history_.reset();
  }
  EXPECT_EQ(log_.all(), "");
}

TEST_F(HistoryProcess, LeavesAnothersStateDirAloneAndTakesItOver) {
  int pipe_ends[2];
  ASSERT_EQ(pipe(pipe_ends), 0);
  std::fflush(nullptr);
  const pid_t other = fork();
  if (other == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    open();
    history_->append(record_of("web", 1, "theirs"));
    history_->remember("theirs", "their memory");
    history_->remember("both", "their memory");
    history_->remember("forgotten", "their memory");
    const char ready = flush() ? 'y' : 'n';
    if (write(pipe_ends[1], &ready, 1) != 1) _exit(1);
    for (;;) pause();
  }
  close(pipe_ends[1]);
  char ready = 0;
  ASSERT_EQ(::read(pipe_ends[0], &ready, 1), 1);
  close(pipe_ends[0]);
  ASSERT_EQ(ready, 'y');

  open();
  EXPECT_FALSE(history_->status().ok);
  const std::string in_use =
      "state-dir " + state_dir() + " is in use by another fly-autoscaler (pid " + std::to_string(other) + ")";
  EXPECT_NE(history_->status().message.find(in_use), std::string::npos) << history_->status().message;
  history_->append(record_of("web", 2, "ours"));
  history_->remember("both", "our memory");
  history_->remember("forgotten", "");
  EXPECT_FALSE(flush());
  EXPECT_EQ(decisions_of(read()), "ours") << "it works as one in memory";
  EXPECT_EQ(decisions_of(read_outside()), "theirs") << "nothing of the other's was touched";

  kill(other, SIGKILL);
  waitpid(other, nullptr, 0);
  EXPECT_TRUE(flush_in_the_end());
  EXPECT_TRUE(history_->status().ok) << history_->status().message;
  EXPECT_EQ(decisions_of(read()), "ours theirs");
  EXPECT_EQ(decisions_of(read_outside()), "ours theirs");
  EXPECT_EQ(log_.count(in_use), 1) << log_.all();
  EXPECT_EQ(log_.count("history is written again"), 1) << log_.all();
  for (int restart = 0; restart < 2; ++restart) {
    EXPECT_EQ(history_->memory("theirs"), "their memory");
    EXPECT_EQ(history_->memory("both"), "our memory");
    EXPECT_EQ(history_->memory("forgotten"), "");
    open();
  }
}

TEST_F(HistoryProcess, IsReadWhileItIsWritten) {
  open();
  std::size_t seen = 0;
  for (int i = 0; i < 200; ++i) {
    history_->append(record_of("web", i));
    if (i % 10 == 9) {
      ASSERT_TRUE(flush());
    }
    const Result<std::vector<HistoryRecord>> found = read_outside({.limit = 1'000});
    ASSERT_TRUE(found) << found.error().message;
    ASSERT_GE(found->size(), std::max(seen, static_cast<std::size_t>((i + 1) / 10 * 10)));
    seen = found->size();
  }
}

TEST_F(HistoryProcess, IsNotHeldUpByAReader) {
  open();
  history_->append(record_of("web", 1, "a"));
  ASSERT_TRUE(flush());
  {
    Result<sqlite::Database> reader = sqlite::Database::open(file(), SQLITE_OPEN_READONLY);
    ASSERT_TRUE(reader);
    Result<sqlite::Statement> rows = reader->prepare("SELECT decision FROM decisions");
    ASSERT_TRUE(rows && rows->step());
    history_->append(record_of("web", 2, "b"));
    EXPECT_TRUE(flush());
    EXPECT_EQ(rows->text(0), "a");
    EXPECT_FALSE(*rows->step()) << "the reader stays with what was there when it began";
  }
  EXPECT_EQ(decisions_of(read()), "b a");
}

TEST_F(HistoryProcess, IsReadAfterItsEnd) {
  open();
  history_->append(record_of("web", 1, "a"));
  history_.reset();
  EXPECT_EQ(decisions_of(read_outside()), "a");
  EXPECT_EQ(decisions_of(read_outside()), "a") << "reading leaves nothing behind that would be in the way";
  open();
  EXPECT_EQ(decisions_of(read()), "a");
  EXPECT_EQ(log_.all(), "");
}

TEST_F(HistoryProcess, SaysWhyThereIsNothingToRead) {
  const auto message_of = [](const std::string& folder) {
    const Result<std::vector<HistoryRecord>> found = read_history(folder, {});
    return found ? "no error" : found.error().message;
  };
  const std::string nowhere = directory_.file("nowhere");
  EXPECT_EQ(message_of(nowhere), "no history in " + nowhere + ": is state-dir right?");
  EXPECT_FALSE(std::filesystem::exists(nowhere));

  const std::string garbage = directory_.write("garbage/history.db", std::string(10'000, 'x'));
  EXPECT_EQ(message_of(directory_.file("garbage")),
            "history in " + garbage + " cannot be read: file is not a database");

  directory_.write("empty/history.db", "");
  EXPECT_EQ(message_of(directory_.file("empty")), "no error") << "a daemon that begins at this moment";

  {
    std::filesystem::create_directory(directory_.file("later"));
    Result<sqlite::Database> later =
        sqlite::Database::open(directory_.file("later/history.db"), SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
    ASSERT_TRUE(later && later->run("PRAGMA user_version = 99"));
  }
  EXPECT_EQ(message_of(directory_.file("later")),
            "history in " + directory_.file("later/history.db") + " was written by a later version of fly-autoscaler");
}

}  // namespace
}  // namespace fas::control
