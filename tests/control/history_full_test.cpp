// The history and a disk that takes no more.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/statvfs.h>

#include <csignal>
#include <string>

#include "tests/control/history_support.h"

namespace fas::control {
namespace {

class HistoryFull : public HistoryOnDisk {
 protected:
  // Appends and flushes until the disk is full. False when it does not get so.
  bool fill() {
    for (int i = 0; i < 5'000; ++i) {
      history_->append(record_of("web", next_++, std::string(1'000, 'x')));
      if (!flush()) return true;
    }
    return false;
  }

  // From a full disk on: it goes on, says so, and makes good for it.
  void expect_that_it_lasts(const std::function<void()>& make_room) {
    const std::int64_t outage = next_;
    EXPECT_FALSE(history_->status().ok);
    EXPECT_EQ(log_.count(R"("level":"ERROR","msg":"history cannot be written, keeping it in memory")"), 1);
    for (int i = 0; i < 100; ++i) history_->append(record_of("web", next_++, "during"));
    history_->remember("web", "during");
    EXPECT_FALSE(flush());
    const Result<std::vector<HistoryRecord>> all = read({.limit = 100'000});
    ASSERT_TRUE(all) << all.error().message;
    EXPECT_EQ(all->front().decision, "during");
    EXPECT_EQ(history_->memory("web"), "during");
    EXPECT_EQ(log_.count(R"("level":"ERROR")"), 1) << "no second line within the minute: " << log_.all();

    make_room();
    EXPECT_TRUE(flush_in_the_end()) << history_->status().message;
    EXPECT_EQ(log_.count(R"("level":"INFO","msg":"history is written again")"), 1) << log_.all();
    EXPECT_TRUE(history_->status().ok);
    EXPECT_EQ(history_->counts().dropped, 0);
    const Result<std::vector<HistoryRecord>> outside = read_outside({.since = at_second(outage), .limit = 100'000});
    ASSERT_TRUE(outside) << outside.error().message;
    EXPECT_EQ(outside->size(), 100);
    EXPECT_EQ(read({.limit = 100'000})->size(), static_cast<std::size_t>(next_)) << "nothing twice, nothing lost";
    open();
    EXPECT_EQ(history_->memory("web"), "during");
    EXPECT_EQ(files("history.db.corrupt-"), 0);
  }

  std::int64_t next_ = 0;
};

// A file system of two mebibytes, in a namespace that goes with the child.
TEST_F(HistoryFull, DiskIsOutlasted) {
  const std::string volume = directory_.file("volume");
  std::filesystem::create_directory(volume);
  constexpr int kNoMount = 77;
  const int status = run_in_child([&] {
    if ((unshare(CLONE_NEWNS) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) ||
        mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        mount("none", volume.c_str(), "tmpfs", 0, "size=2m,mode=0777") != 0) {
      _exit(kNoMount);
    }
    std::filesystem::create_directory_symlink(volume, state_dir());
    open();
    ASSERT_TRUE(fill());
    EXPECT_NE(history_->status().message.find("full"), std::string::npos) << history_->status().message;
    expect_that_it_lasts([&] { EXPECT_EQ(mount("none", volume.c_str(), "tmpfs", MS_REMOUNT, "size=32m"), 0); });
    history_.reset();
  });
  if (WIFEXITED(status) && WEXITSTATUS(status) == kNoMount) GTEST_SKIP() << "needs the right to mount a tmpfs";
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

// A start on a disk that is full already.
TEST_F(HistoryFull, DiskAtTheStartIsOutlasted) {
  const std::string volume = directory_.file("volume");
  std::filesystem::create_directory(volume);
  constexpr int kNoMount = 77;
  const int status = run_in_child([&] {
    if ((unshare(CLONE_NEWNS) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) ||
        mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        mount("none", volume.c_str(), "tmpfs", 0, "size=1m,mode=0777") != 0) {
      _exit(kNoMount);
    }
    std::filesystem::create_directory_symlink(volume, state_dir());
    const std::string ballast = volume + "/ballast";
    std::ofstream(ballast) << std::string(2U << 20U, 'x');
    open();
    history_->append(record_of("web", next_++, "before"));
    EXPECT_FALSE(flush());
    next_ = 1;
    expect_that_it_lasts([&] { std::filesystem::remove(ballast); });
    history_.reset();
  });
  if (WIFEXITED(status) && WEXITSTATUS(status) == kNoMount) GTEST_SKIP() << "needs the right to mount a tmpfs";
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

// An I/O error in the middle of a write, without any rights: files of this process may not grow beyond a limit.
TEST_F(HistoryFull, WriteErrorIsOutlasted) {
  const int status = run_in_child([&] {
    signal(SIGXFSZ, SIG_IGN);
    open();
    ASSERT_TRUE(flush());
    rlimit limit{};
    getrlimit(RLIMIT_FSIZE, &limit);
    const rlim_t unlimited = limit.rlim_cur;
    limit.rlim_cur = 300'000;
    setrlimit(RLIMIT_FSIZE, &limit);
    const bool full = fill();
    limit.rlim_cur = unlimited;
    const auto lift = [&] { setrlimit(RLIMIT_FSIZE, &limit); };
    if (!full) lift();
    ASSERT_TRUE(full);
    expect_that_it_lasts(lift);
    history_.reset();
  });
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

TEST_F(HistoryFull, DiskDoesNotHoldUpTheEnd) {
  directory_.write("state", "a file in the way");
  options_.retry = std::chrono::hours(1);
  open();
  history_->append(record_of("web", 1, "a"));
  history_.reset();
  EXPECT_EQ(log_.count("history could not be written before the end"), 1) << log_.all();
}

}  // namespace
}  // namespace fas::control
