#include "control/sqlite_history.h"

#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/post.hpp>
#include <iterator>
#include <optional>

#include "control/log.h"
#include "net/event.h"

namespace fas::control {

namespace asio = boost::asio;
using namespace asio::experimental::awaitable_operators;  // NOLINT(google-build-using-namespace)

namespace {

// Records of one moment come from many apps; they are worth one transaction. Nobody waits for it: flushed() and read()
// end it at once.
constexpr std::chrono::milliseconds kGather{100};
// Of chunks of samples while the disk fails: some hours of a thousand apps. Those are charts: nothing depends on them.
constexpr std::size_t kMostChunks = 20'000;
// Between two bites of trimming, so that they are no load.
constexpr std::chrono::milliseconds kTrimPause{20};
constexpr std::chrono::milliseconds kLastWrite{500};

TimePoint steady_now() { return std::chrono::steady_clock::now(); }

}  // namespace

// Where a coroutine on the loop waits for the writer. Only the loop's thread looks into it.
template <class T>
struct SqliteHistory::Reply {
  explicit Reply(const asio::any_io_executor& executor) : ready(executor) {}

  net::Event ready;
  std::optional<T> value;
};

template <class T, class Value>
void SqliteHistory::complete(std::shared_ptr<Reply<T>> reply, Value value) {
  asio::post(executor_, [reply = std::move(reply), value = std::move(value)]() mutable {
    reply->value.emplace(std::move(value));
    reply->ready.notify();
  });
}

std::unique_ptr<SqliteHistory> SqliteHistory::open(std::string state_dir, SqliteHistoryOptions options,
                                                   asio::any_io_executor executor, Clock& clock) {
  return std::unique_ptr<SqliteHistory>(new SqliteHistory(std::move(state_dir), options, std::move(executor), clock));
}

SqliteHistory::SqliteHistory(std::string state_dir, SqliteHistoryOptions options, asio::any_io_executor executor,
                             Clock& clock)
    : options_(options),
      executor_(std::move(executor)),
      clock_(clock),
      disk_(std::move(state_dir), options.bounds,
            [this] { return steady_now().time_since_epoch().count() >= give_up_at_.load(); }),
      queue_(options.queue),
      now_(clock.wall_now()) {
  if (std::optional<Memories> on_disk = disk_.open()) {
    adopt(*on_disk);
  } else {
    begin_to_fail();
  }
  writer_ = std::thread([this] { run(); });
}

SqliteHistory::~SqliteHistory() {
  {
    const Lock lock(mutex_);
    stop_ = true;
    give_up_at_ = (steady_now() + kLastWrite).time_since_epoch().count();
  }
  wake_.notify_one();
  writer_.join();
}

// ---- The loop's thread ----------------------------------------------------------------------------------------------

void SqliteHistory::append(HistoryRecord record) {
  const WallTime now = clock_.wall_now();
  const Lock lock(mutex_);
  now_ = now;
  count_dropped(queue_.push(std::move(record)));
  wake_.notify_one();
}

void SqliteHistory::remember(const std::string& app, std::string memory) {
  const WallTime now = clock_.wall_now();
  const Lock lock(mutex_);
  const auto known = memories_.find(app);
  if (known == memories_.end() ? memory.empty() && adopted_ : known->second == memory) return;
  now_ = now;
  memories_.insert_or_assign(app, std::move(memory));
  unwritten_.insert(app);
  wake_.notify_one();
}

void SqliteHistory::sample(const std::string& app, const scale::Decision& decision) {
  const WallTime now = clock_.wall_now();
  const Lock lock(mutex_);
  std::optional<SampleChunk> chunk = tails_.add(app, decision);
  if (!chunk) return;
  now_ = now;
  chunks_.push_back(std::move(*chunk));
  bound_chunks();
  wake_.notify_one();
}

void SqliteHistory::bound_chunks() {
  while (chunks_.size() > kMostChunks) chunks_.pop_front();
}

asio::awaitable<bool> SqliteHistory::flushed(Deadline deadline) {
  auto reply = std::make_shared<FlushReply>(executor_);
  Clock& clock = clock_;
  {
    const Lock lock(mutex_);
    // While the disk fails nobody waits for it: the next attempt is seconds away.
    if (failing_) co_return false;
    if (!writing_ && queue_.empty() && unwritten_.empty()) co_return true;
    flushes_.push_back(reply);
  }
  wake_.notify_one();
  co_await (reply->ready.wait() || clock.sleep_until(deadline));
  co_return reply->value.value_or(false);
}

template <class T>
asio::awaitable<Result<T>> SqliteHistory::ask(std::shared_ptr<Reply<Result<T>>> reply, Job job) {
  {
    const Lock lock(mutex_);
    jobs_.push_back(std::move(job));
  }
  wake_.notify_one();
  co_await reply->ready.wait();
  if (!reply->value) co_return fail(ErrorKind::kCancelled, "the history is no longer read");
  co_return std::move(*reply->value);
}

asio::awaitable<Result<std::vector<HistoryRecord>>> SqliteHistory::read(HistoryQuery query) {
  auto reply = std::make_shared<ReadReply>(executor_);
  Job job = [this, query = std::move(query), reply] { read_records(query, reply); };
  Result<std::vector<HistoryRecord>> found = co_await ask(reply, std::move(job));
  co_return found;
}

asio::awaitable<Result<scale::Samples>> SqliteHistory::samples(SampleQuery query) {
  auto reply = std::make_shared<SampleReply>(executor_);
  Job job = [this, query = std::move(query), reply] { read_samples(query, reply); };
  Result<scale::Samples> found = co_await ask(reply, std::move(job));
  co_return found;
}

std::string SqliteHistory::memory(const std::string& app) const {
  const Lock lock(mutex_);
  const auto found = memories_.find(app);
  return found == memories_.end() ? std::string() : found->second;
}

HistoryStatus SqliteHistory::status() const {
  const Lock lock(mutex_);
  if (!failing_) return {};
  return {.ok = false, .message = "history is kept in memory only: " + trouble_};
}

HistoryCounts SqliteHistory::counts() const {
  const Lock lock(mutex_);
  return counts_;
}

void SqliteHistory::count_dropped(std::size_t records) {
  if (records == 0) return;
  counts_.dropped += records;
  if (std::exchange(drop_logged_, true)) return;
  log_warn("history cannot be written as fast as it comes: dropping the oldest records", {{"queued", queue_.size()}});
}

// ---- The writer's thread --------------------------------------------------------------------------------------------

void SqliteHistory::run() {
  Lock lock(mutex_);
  while (!stop_) {
    wait_for_work(lock);
    const bool written = failing_ && !stop_ && steady_now() < retry_at_ ? false : write(lock);
    do_jobs(lock);
    if (written && !stop_) trim(lock);
  }
  end(lock);
}

void SqliteHistory::wait_for_work(Lock& lock) {
  if (failing_) {
    wake_.wait_until(lock, retry_at_, [this] { return stop_ || !jobs_.empty(); });
    return;
  }
  const auto urgent = [this] { return stop_ || !flushes_.empty() || !jobs_.empty() || queue_.half_full(); };
  if (more_to_trim_) {
    wake_.wait_for(lock, kTrimPause, urgent);
    return;
  }
  wake_.wait(lock, [&] { return urgent() || !queue_.empty() || !unwritten_.empty() || !chunks_.empty(); });
  wake_.wait_for(lock, kGather, urgent);
}

bool SqliteHistory::write(Lock& lock) {
  HistoryDisk::Written written = HistoryDisk::Written::kAgain;
  std::vector<std::shared_ptr<FlushReply>> flushes;
  while (written == HistoryDisk::Written::kAgain) {
    std::ranges::move(flushes_, std::back_inserter(flushes));
    flushes_.clear();
    written = write_once(lock);
  }
  const bool ok = written == HistoryDisk::Written::kYes;
  if (ok) {
    failing_ = false;
    drop_logged_ = false;
  } else {
    begin_to_fail();
    // Those that came in the meantime would only wait for the same.
    std::ranges::move(flushes_, std::back_inserter(flushes));
    flushes_.clear();
  }
  for (auto& reply : flushes) complete(std::move(reply), ok);
  return ok;
}

void SqliteHistory::begin_to_fail() {
  failing_ = true;
  trouble_ = disk_.trouble();
  retry_at_ = steady_now() + options_.retry;
}

HistoryDisk::Written SqliteHistory::write_once(Lock& lock) {
  writing_ = true;
  lock.unlock();
  const std::optional<Memories> on_disk = disk_.open();
  lock.lock();
  if (on_disk) adopt(*on_disk);
  HistoryBatch batch = take_batch();
  lock.unlock();
  const HistoryDisk::Written written = disk_.write(batch);
  lock.lock();
  writing_ = false;
  if (written == HistoryDisk::Written::kYes) {
    forget_written(batch);
  } else {
    put_back(std::move(batch));
  }
  return written;
}

HistoryBatch SqliteHistory::take_batch() {
  HistoryBatch batch{.records = queue_.take(), .chunks = {}, .memories = {}, .now = now_};
  batch.chunks.assign(std::make_move_iterator(chunks_.begin()), std::make_move_iterator(chunks_.end()));
  chunks_.clear();
  for (const std::string& app : unwritten_) batch.memories.emplace(app, memories_[app]);
  unwritten_.clear();
  return batch;
}

void SqliteHistory::put_back(HistoryBatch batch) {
  count_dropped(queue_.put_back(std::move(batch.records)));
  chunks_.insert(chunks_.begin(), std::make_move_iterator(batch.chunks.begin()),
                 std::make_move_iterator(batch.chunks.end()));
  bound_chunks();
  for (const auto& [app, memory] : batch.memories) unwritten_.insert(app);
}

void SqliteHistory::forget_written(const HistoryBatch& batch) {
  counts_.written += batch.records.size();
  for (const auto& [app, memory] : batch.memories) {
    if (!memory.empty() || unwritten_.contains(app)) continue;
    memories_.erase(app);
  }
}

// A file that was opened late, or anew, knows apps that this process has not met yet, and lacks what it has remembered.
void SqliteHistory::adopt(const Memories& on_disk) {
  adopted_ = true;
  for (const auto& [app, memory] : on_disk) memories_.try_emplace(app, memory);
  for (const auto& [app, memory] : memories_) {
    const auto found = on_disk.find(app);
    if (found == on_disk.end() ? !memory.empty() : found->second != memory) unwritten_.insert(app);
  }
}

void SqliteHistory::do_jobs(Lock& lock) {
  std::vector<Job> jobs = std::exchange(jobs_, {});
  lock.unlock();
  for (Job& job : jobs) job();
  lock.lock();
}

void SqliteHistory::read_records(const HistoryQuery& query, std::shared_ptr<ReadReply> reply) {
  Result<std::vector<HistoryRecord>> found = disk_.read(query);
  if (found) {
    // What came later stands first among records of one time.
    const Lock lock(mutex_);
    std::vector<HistoryRecord> queued = queue_.read(query);
    found->insert(found->begin(), std::make_move_iterator(queued.begin()), std::make_move_iterator(queued.end()));
    order_reply(query, *found);
  }
  complete(std::move(reply), std::move(found));
}

void SqliteHistory::read_samples(const SampleQuery& query, std::shared_ptr<SampleReply> reply) {
  Result<std::map<WallTime, std::string>> chunks = disk_.chunks(query);
  if (!chunks) return complete(std::move(reply), Result<scale::Samples>(std::unexpected(std::move(chunks.error()))));
  scale::Samples tail;
  {
    const Lock lock(mutex_);
    for (const SampleChunk& chunk : chunks_) {
      if (chunk.app == query.app) chunks->insert_or_assign(chunk.begin, chunk.data);
    }
    if (const scale::Samples* found = tails_.find(query.app)) tail = *found;
  }
  scale::Samples all = join(*chunks, tail.ticks.empty() ? nullptr : &tail);
  complete(std::move(reply), Result<scale::Samples>(all.between(query.since, query.until)));
}

void SqliteHistory::trim(Lock& lock) {
  const WallTime now = now_;
  lock.unlock();
  const bool more = disk_.trim(now);
  lock.lock();
  more_to_trim_ = more;
  if (!disk_.trouble().empty()) begin_to_fail();
}

void SqliteHistory::end(Lock& lock) {
  std::ranges::move(tails_.unwritten(), std::back_inserter(chunks_));
  const bool written = write(lock);
  do_jobs(lock);
  if (!written && !queue_.empty()) {
    log_error("history could not be written before the end", {{"records", queue_.size()}, {"err", trouble_}});
  }
}

}  // namespace fas::control
