#include "tests/simulation/disk.h"

#include <algorithm>
#include <boost/system/system_error.hpp>
#include <utility>

#include "base/text.h"

namespace fas::simulation {
namespace {

constexpr Duration kLookAgain = std::chrono::seconds(1);  // at a full disk

}  // namespace

void SimHistory::append(control::HistoryRecord record) {
  if (disk_.on_append) disk_.on_append(record);
  write([record = std::move(record)](Disk& disk) { disk.records.push_back(record); });
}

void SimHistory::remember(const std::string& app, std::string memory) {
  if (memory.empty()) {
    memory_.erase(app);
  } else {
    memory_[app] = memory;
  }
  write([app, memory = std::move(memory)](Disk& disk) {
    if (memory.empty()) {
      disk.memory.erase(app);
    } else {
      disk.memory[app] = memory;
    }
  });
}

void SimHistory::write(std::function<void(Disk&)> apply) {
  const bool idle = unsafe_.empty();
  unsafe_.push_back({.at = timeline_.now() + disk_.lag, .apply = std::move(apply)});
  if (idle) plan_next();
}

void SimHistory::plan_next() {
  if (unsafe_.empty()) return;
  const Duration when = disk_.full ? timeline_.now() + kLookAgain : unsafe_.front().at;
  next_ = timeline_.alarm(when, [this] {
    write_due();
    plan_next();
  });
}

void SimHistory::write_due() {
  while (!disk_.full && !unsafe_.empty() && unsafe_.front().at <= timeline_.now()) {
    unsafe_.front().apply(disk_);
    unsafe_.pop_front();
  }
}

void SimHistory::write_all() {
  if (disk_.full) return;
  for (const Write& write : unsafe_) write.apply(disk_);
  unsafe_.clear();
}

boost::asio::awaitable<Result<scale::Samples>> SimHistory::samples(control::SampleQuery /*query*/) {
  co_return scale::Samples{};
}

boost::asio::awaitable<bool> SimHistory::flushed(Deadline deadline) {
  if (unsafe_.empty()) co_return true;
  if (disk_.full) co_return false;
  const Duration safe = unsafe_.back().at;
  const auto ticket = loop_.new_ticket();
  const Duration until = std::min(safe, ProcessClock::time_of(deadline));
  const auto alarm = timeline_.alarm(until, [loop = &loop_, ticket] { loop->wake(ticket); });
  const auto [error] = co_await loop_.park(ticket);
  if (error) throw boost::system::system_error(error);
  write_due();
  co_return unsafe_.empty() || unsafe_.front().at > safe;
}

boost::asio::awaitable<Result<std::vector<control::HistoryRecord>>> SimHistory::read(control::HistoryQuery query) {
  std::vector<control::HistoryRecord> found;
  for (auto record = disk_.records.rbegin(); record != disk_.records.rend() && found.size() < query.limit; ++record) {
    if (!query.app.empty() && !matches_wildcard(query.app, record->app)) continue;
    if (query.since && record->at < *query.since) continue;
    if (query.until && record->at > *query.until) continue;
    if (query.actions_only && record->action == "no_scale" && record->ok) continue;
    found.push_back(*record);
  }
  co_return found;
}

std::string SimHistory::memory(const std::string& app) const {
  const auto found = memory_.find(app);
  return found == memory_.end() ? std::string() : found->second;
}

}  // namespace fas::simulation
