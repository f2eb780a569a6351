// The history and a file that is damaged, gone, or somebody else's.
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "control/sqlite.h"
#include "tests/control/history_support.h"

namespace fas::control {
namespace {

namespace files = std::filesystem;

constexpr std::size_t kPage = 4096;

class HistoryDamage : public HistoryOnDisk {
 protected:
  // A closed history of that many records of about a kilobyte.
  void make_history(int records) {
    open();
    for (int i = 0; i < records; ++i) {
      history_->append(record_of("web", i, std::string(1'000, 'x')));
      if (i % 1'000 == 999) {
        ASSERT_TRUE(flush());
      }
    }
    history_->remember("web", "remembered");
    ASSERT_TRUE(flush());
    history_.reset();
  }

  void overwrite(std::size_t offset, const std::string& bytes) {
    std::fstream stream(file(), std::ios::binary | std::ios::in | std::ios::out);
    stream.seekp(static_cast<std::streamoff>(offset));
    stream << bytes;
  }

  void expect_that_it_works() {
    history_->append(record_of("after", 1'000'000, "after"));
    history_->remember("after", "after");
    EXPECT_TRUE(flush_in_the_end());
    EXPECT_TRUE(history_->status().ok) << history_->status().message;
    EXPECT_EQ(decisions_of(read({.app = "after"})), "after");
    EXPECT_EQ(decisions_of(read_outside({.app = "after"})), "after");
    open();
    EXPECT_EQ(decisions_of(read({.app = "after"})), "after");
    EXPECT_EQ(history_->memory("after"), "after");
  }
};

TEST_F(HistoryDamage, FoundAtTheStartIsMovedAside) {
  struct Case {
    const char* name;
    std::function<void()> harm;
  };
  const std::vector<Case> cases = {
      {"garbage", [this] { directory_.write("state/history.db", std::string(50'000, '#')); }},
      {"two bytes", [this] { directory_.write("state/history.db", "xx"); }},
      {"the header", [this] { overwrite(0, std::string(16, '\0')); }},
      {"cut within the first page", [this] { files::resize_file(file(), 100); }},
      {"cut in the middle", [this] { files::resize_file(file(), files::file_size(file()) / 2); }},
      {"cut within a page", [this] { files::resize_file(file(), files::file_size(file()) / 2 + 1'000); }},
      {"a page in the middle",
       [this] { overwrite(files::file_size(file()) / kPage / 2 * kPage, std::string(kPage, '#')); }},
      {"a page of zeros", [this] { overwrite(kPage * 2, std::string(kPage, '\0')); }},
      {"the schema", [this] { overwrite(200, std::string(kPage - 200, '\xff')); }},
      {"another program's database",
       [this] {
         files::remove(file());
         ASSERT_TRUE(sqlite::Database::open(file(), SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE)
                         ->run("CREATE TABLE songs (title TEXT)"));
       }},
      {"tables that are not ours",
       [this] {
         files::remove(file());
         ASSERT_TRUE(sqlite::Database::open(file(), SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE)
                         ->run("CREATE TABLE decisions (title TEXT); PRAGMA user_version = 1"));
       }},
  };
  for (const Case& test : cases) {
    SCOPED_TRACE(test.name);
    history_.reset();
    files::remove_all(state_dir());
    make_history(100);
    test.harm();
    const int before = log_.count("history is damaged: moved aside, beginning a new one");
    open();
    EXPECT_EQ(log_.count("history is damaged: moved aside, beginning a new one"), before + 1) << log_.all();
    EXPECT_EQ(log_.count(R"("moved-to":")" + file() + ".corrupt-"), before + 1) << log_.all();
    EXPECT_EQ(files("history.db.corrupt-"), 1);
    EXPECT_EQ(read()->size(), 0);
    expect_that_it_works();
  }
}

TEST_F(HistoryDamage, AnEmptyFileIsANewOne) {
  directory_.write("state/history.db", "");
  open();
  EXPECT_EQ(log_.all(), "");
  expect_that_it_works();
}

// Large files are not checked as a whole when they are opened.
TEST_F(HistoryDamage, FoundWhileReadingIsMovedAside) {
  make_history(18'000);
  ASSERT_GT(files::file_size(file()), 17U << 20U);
  // All between the first pages and the last, where new records go.
  overwrite(kPage * 40, std::string(files::file_size(file()) / kPage * kPage - kPage * 80, '#'));
  open();
  EXPECT_EQ(log_.all(), "");
  EXPECT_EQ(history_->memory("web"), "remembered");
  const Result<std::vector<HistoryRecord>> found = read({.limit = 100'000});
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().message, "cannot read the history: database disk image is malformed");
  EXPECT_TRUE(eventually([this] { return read({.limit = 100'000}).has_value(); }));
  EXPECT_EQ(log_.count("history is damaged: moved aside, beginning a new one"), 1) << log_.all();
  expect_that_it_works();
  EXPECT_EQ(history_->memory("web"), "remembered") << "what the process knew is in the new file";
}

TEST_F(HistoryDamage, FoundWhileWritingLosesNothingThatIsQueued) {
  make_history(18'000);
  // Indexes have their last page anywhere.
  overwrite(kPage * 10, std::string(files::file_size(file()) / kPage * kPage - kPage * 10, '#'));
  open();
  history_->append(record_of("web", 1'000'000, "a"));
  EXPECT_TRUE(flush_in_the_end());
  EXPECT_EQ(log_.count("history is damaged: moved aside, beginning a new one"), 1) << log_.all();
  EXPECT_EQ(decisions_of(read()), "a");
  EXPECT_EQ(history_->counts().dropped, 0);
  expect_that_it_works();
}

TEST_F(HistoryDamage, TwiceInAMomentIsWaitedFor) {
  open();
  ASSERT_TRUE(flush());
  history_.reset();
  directory_.write("state/history.db", std::string(5'000, '#'));
  open();
  ASSERT_EQ(files("history.db.corrupt-"), 1);
  // Whoever does this would fill the disk with damaged files.
  files::remove(file() + "-wal");
  files::remove(file() + "-shm");
  files::rename(directory_.write("garbage", std::string(5'000, '#')), file());
  history_->append(record_of("web", 1, "a"));
  EXPECT_FALSE(flush());
  EXPECT_FALSE(history_->status().ok);
  EXPECT_EQ(files("history.db.corrupt-"), 1);
  EXPECT_EQ(decisions_of(read()), "a");
  files::remove(file());
  EXPECT_TRUE(flush_in_the_end());
  EXPECT_EQ(decisions_of(read_outside()), "a");
}

TEST_F(HistoryDamage, OfALaterVersionIsLeftAlone) {
  make_history(1);
  ASSERT_TRUE(sqlite::Database::open(file(), SQLITE_OPEN_READWRITE)->run("PRAGMA user_version = 99"));
  open();
  history_->append(record_of("web", 1, "a"));
  EXPECT_FALSE(flush());
  EXPECT_NE(history_->status().message.find("written by a later version"), std::string::npos);
  EXPECT_EQ(decisions_of(read()), "a");
  EXPECT_EQ(files("history.db.corrupt-"), 0);
}

TEST_F(HistoryDamage, DeletedWhileOpenIsBegunAgain) {
  open();
  history_->append(record_of("web", 1, "a"));
  history_->remember("web", "remembered");
  ASSERT_TRUE(flush());
  files::remove_all(state_dir());
  history_->append(record_of("web", 2, "b"));
  EXPECT_TRUE(flush_in_the_end());
  EXPECT_EQ(decisions_of(read_outside()), "b");
  EXPECT_EQ(log_.count("history was deleted or replaced"), 1) << log_.all();
  EXPECT_FALSE(StateDir::take(state_dir())) << "the new folder's lock is held as well";
  open();
  EXPECT_EQ(history_->memory("web"), "remembered");
}

TEST_F(HistoryDamage, AStateDirThatCannotBeIsTriedAgain) {
  const std::string in_the_way = directory_.write("state", "a file");
  open();
  EXPECT_FALSE(history_->status().ok);
  EXPECT_EQ(log_.count(R"("level":"ERROR","msg":"history cannot be written, keeping it in memory")"), 1);
  history_->append(record_of("web", 1, "a"));
  history_->remember("web", "remembered");
  EXPECT_FALSE(flush());
  EXPECT_EQ(decisions_of(read()), "a");
  EXPECT_EQ(history_->memory("web"), "remembered");
  files::remove(in_the_way);
  EXPECT_TRUE(flush_in_the_end());
  EXPECT_EQ(log_.count(R"("level":"ERROR")"), 1) << log_.all();
  EXPECT_EQ(log_.count(R"("level":"INFO","msg":"history is written again")"), 1) << log_.all();
  EXPECT_EQ(decisions_of(read_outside()), "a");
  open();
  EXPECT_EQ(history_->memory("web"), "remembered");
}

TEST_F(HistoryDamage, AFolderInThePlaceOfTheFileIsNoEnd) {
  files::create_directories(file());
  open();
  history_->append(record_of("web", 1, "a"));
  EXPECT_FALSE(flush());
  EXPECT_NE(history_->status().message, "");
  files::remove(file());
  EXPECT_TRUE(flush_in_the_end());
  EXPECT_EQ(decisions_of(read_outside()), "a");
}

TEST_F(HistoryDamage, TheQueueIsBounded) {
  options_.queue.records = 3;
  const std::string in_the_way = directory_.write("state", "a file");
  open();
  for (int i = 0; i < 10; ++i) {
    history_->append(record_of("web", i, std::to_string(i)));
    history_->remember("app " + std::to_string(i), "remembered");
  }
  EXPECT_EQ(history_->counts().dropped, 7);
  EXPECT_EQ(log_.count("dropping the oldest records"), 1) << log_.all();
  EXPECT_EQ(decisions_of(read()), "9 8 7");
  files::remove(in_the_way);
  EXPECT_TRUE(flush_in_the_end());
  EXPECT_EQ(decisions_of(read_outside()), "9 8 7");
  EXPECT_EQ(history_->counts().written, 3);
  open();
  for (int i = 0; i < 10; ++i) EXPECT_EQ(history_->memory("app " + std::to_string(i)), "remembered") << i;
}

}  // namespace
}  // namespace fas::control
