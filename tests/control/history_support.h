// What the tests of the history share.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "control/log.h"
#include "control/sqlite_history.h"
#include "net/system_clock.h"
#include "tests/support/run.h"
#include "tests/support/temp_dir.h"

namespace fas::control {

inline WallTime at_second(std::int64_t second) { return WallTime(std::chrono::seconds(1'700'000'000 + second)); }

inline HistoryRecord record_of(std::string app, std::int64_t second, std::string decision = "{}") {
  return {.app = std::move(app),
          .at = at_second(second),
          .action = "start",
          .count = 1,
          .ok = true,
          .decision = std::move(decision)};
}

// The decisions of a reply, in its order, as one text: "c b a".
inline std::string decisions_of(const Result<std::vector<HistoryRecord>>& records) {
  if (!records) return "error: " + records.error().message;
  std::string all;
  for (const HistoryRecord& record : *records) all += (all.empty() ? "" : " ") + record.decision;
  return all;
}

// The log's lines, which come from the writer's thread as well.
class LogLines {
 public:
  LogLines() {
    set_log_sink([](std::string_view line, void* self) { static_cast<LogLines*>(self)->add(line); }, this);
  }
  LogLines(const LogLines&) = delete;
  LogLines& operator=(const LogLines&) = delete;
  ~LogLines() { set_log_sink(nullptr, nullptr); }

  int count(std::string_view text) const {
    const std::lock_guard lock(mutex_);
    int found = 0;
    for (const std::string& line : lines_) found += line.find(text) != std::string::npos ? 1 : 0;
    return found;
  }
  std::string all() const {
    const std::lock_guard lock(mutex_);
    std::string text;
    for (const std::string& line : lines_) text += line + "\n";
    return text;
  }

 private:
  void add(std::string_view line) {
    const std::lock_guard lock(mutex_);
    lines_.emplace_back(line);
  }

  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

// A state-dir and a loop. Options are those of a history that keeps the tests' old records and tries its disk
// again at once.
class HistoryOnDisk : public testing::Test {
 protected:
  HistoryOnDisk() {
    options_.retry = std::chrono::milliseconds(5);
    options_.bounds.max_age = std::chrono::hours(1'000'000);
  }
  // The threads are gone before the log's sink is.
  void TearDown() override { history_.reset(); }

  void open(const std::string& state_dir) {
    history_.reset();
    history_ = SqliteHistory::open(state_dir, options_, loop_.get_executor(), clock_);
  }
  void open() { open(state_dir()); }

  bool flush(std::chrono::milliseconds limit = std::chrono::seconds(30)) {
    return test::run(loop_, history_->flushed(clock_.now() + limit));
  }
  // Until the writer's next attempts have met a disk that works.
  bool flush_in_the_end() {
    return eventually([this] { return flush(); });
  }
  static bool eventually(const std::function<bool()>& done) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!done()) {
      if (std::chrono::steady_clock::now() > end) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
  }

  Result<std::vector<HistoryRecord>> read(HistoryQuery query = {}) {
    return test::run(loop_, history_->read(std::move(query)));
  }
  Result<std::vector<HistoryRecord>> read_outside(const HistoryQuery& query = {}) {
    return read_history(state_dir(), query);
  }

  std::string state_dir() const { return directory_.file("state"); }
  std::string file() const { return state_dir() + "/history.db"; }

  // How many files of the state-dir have a name that begins so.
  int files(std::string_view prefix) const {
    int found = 0;
    for (const auto& entry : std::filesystem::directory_iterator(state_dir())) {
      found += entry.path().filename().string().starts_with(prefix) ? 1 : 0;
    }
    return found;
  }

  test::TempDir directory_;
  LogLines log_;
  boost::asio::io_context loop_;
  net::SystemClock clock_{loop_};
  SqliteHistoryOptions options_;
  std::unique_ptr<SqliteHistory> history_;
};

// Forks while this process has one thread. The child's failed expectations make its exit status 1. Returns what waitpid
// tells; the child ends with `body`.
inline int run_in_child(const std::function<void()>& body) {
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    body();
    std::fflush(nullptr);
    _exit(testing::Test::HasFailure() ? 1 : 0);
  }
  int status = -1;
  waitpid(child, &status, 0);
  return status;
}

}  // namespace fas::control
