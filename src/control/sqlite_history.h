// The history on disk: history.db in the state-dir, written by a thread of its own, so that no disk holds up the loop.
//
// What flushed() has said true for survives the end of the process, kill -9 included; a power cut may take the last
// seconds with it. Nothing that happens to the disk stops the process: a state-dir that cannot be used (no right to it,
// full, another process has it) is tried again every few seconds, and until then the history is kept in memory within
// bounds, the oldest records being dropped; a damaged file is moved aside and a new one begun. The log says all this.
#pragma once

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "control/history.h"
#include "control/history_disk.h"
#include "control/history_read.h"
#include "control/record_queue.h"
#include "control/sample_tails.h"

namespace fas::control {

struct SqliteHistoryOptions {
  HistoryBounds bounds;  // of the file
  // Of what is not written yet: room for a tick of thousands of apps.
  RecordBounds queue{.records = 10'000, .bytes = 64U << 20U};
  std::chrono::milliseconds retry{5000};  // after the disk failed
};

struct HistoryStatus {
  bool ok = true;
  std::string message;  // what is wrong
};

struct HistoryCounts {
  std::uint64_t written = 0;  // records that are in the file
  std::uint64_t dropped = 0;  // records that were given up because the queue was full
};

class SqliteHistory final : public History {
 public:
  // Makes the first attempt to open the file, which blocks for some milliseconds. Completions come on `executor`, that
  // of the loop. The clock and the loop outlive the history.
  static std::unique_ptr<SqliteHistory> open(std::string state_dir, SqliteHistoryOptions options,
                                             boost::asio::any_io_executor executor, Clock& clock);

  // Writes what is queued, for at most half a second, and ends the thread. Coroutines that still wait get their answers
  // all the same.
  ~SqliteHistory() override;

  void append(HistoryRecord record) override;
  void remember(const std::string& app, std::string memory) override;
  void sample(const std::string& app, const scale::Decision& decision) override;
  boost::asio::awaitable<Result<scale::Samples>> samples(SampleQuery query) override;
  boost::asio::awaitable<bool> flushed(Deadline deadline) override;
  boost::asio::awaitable<Result<std::vector<HistoryRecord>>> read(HistoryQuery query) override;
  std::string memory(const std::string& app) const override;

  HistoryStatus status() const;
  HistoryCounts counts() const;

 private:
  template <class T>
  struct Reply;
  using FlushReply = Reply<bool>;
  using ReadReply = Reply<Result<std::vector<HistoryRecord>>>;
  using SampleReply = Reply<Result<scale::Samples>>;
  // What the writer does for a coroutine that waits; called without the lock.
  using Job = std::move_only_function<void()>;
  using Lock = std::unique_lock<std::mutex>;

  SqliteHistory(std::string state_dir, SqliteHistoryOptions options, boost::asio::any_io_executor executor,
                Clock& clock);

  // The writer's thread; those with a lock let go of it while they meet the disk.
  void run();
  void wait_for_work(Lock& lock);
  bool write(Lock& lock);
  void begin_to_fail();
  HistoryDisk::Written write_once(Lock& lock);
  void do_jobs(Lock& lock);
  void read_records(const HistoryQuery& query, std::shared_ptr<ReadReply> reply);
  void read_samples(const SampleQuery& query, std::shared_ptr<SampleReply> reply);
  void trim(Lock& lock);
  void end(Lock& lock);

  HistoryBatch take_batch();
  void put_back(HistoryBatch batch);
  void bound_chunks();
  void forget_written(const HistoryBatch& batch);
  void adopt(const Memories& on_disk);
  void count_dropped(std::size_t records);
  template <class T>
  boost::asio::awaitable<Result<T>> ask(std::shared_ptr<Reply<Result<T>>> reply, Job job);
  template <class T, class Value>
  void complete(std::shared_ptr<Reply<T>> reply, Value value);

  const SqliteHistoryOptions options_;
  const boost::asio::any_io_executor executor_;
  Clock& clock_;
  std::atomic<TimePoint::rep> give_up_at_{TimePoint::max().time_since_epoch().count()};
  HistoryDisk disk_;  // the writer's alone, once that runs

  mutable std::mutex mutex_;  // guards all below
  std::condition_variable wake_;
  RecordQueue queue_;
  Memories memories_;                             // empty: forgotten, which the file does not know yet
  std::set<std::string, std::less<>> unwritten_;  // apps whose memory in the file is another
  std::vector<std::shared_ptr<FlushReply>> flushes_;
  std::vector<Job> jobs_;
  SampleTails tails_;
  std::deque<SampleChunk> chunks_;  // not written yet
  WallTime now_;                    // of the last change
  bool writing_ = false;            // something has been taken and is not in the file yet
  bool failing_ = false;            // the last attempt to write failed
  bool more_to_trim_ = true;
  bool drop_logged_ = false;
  bool adopted_ = false;  // what the file knew of apps is known
  bool stop_ = false;
  std::string trouble_;
  HistoryCounts counts_;
  TimePoint retry_at_;

  std::thread writer_;  // last: it uses all above
};

}  // namespace fas::control
