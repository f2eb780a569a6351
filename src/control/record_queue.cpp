#include "control/record_queue.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/text.h"

namespace fas::control {
namespace {

std::size_t bytes_of(const HistoryRecord& record) {
  return sizeof(HistoryRecord) + record.app.size() + record.action.size() + record.decision.size();
}

}  // namespace

bool matches(const HistoryQuery& query, const HistoryRecord& record) {
  if (query.since && record.at < *query.since) return false;
  if (query.until && record.at > *query.until) return false;
  if (query.actions_only && record.ok && record.action == "no_scale") return false;
  return query.app.empty() || matches_wildcard(query.app, record.app);
}

void order_reply(const HistoryQuery& query, std::vector<HistoryRecord>& records) {
  std::ranges::stable_sort(records, [](const HistoryRecord& a, const HistoryRecord& b) { return a.at > b.at; });
  if (records.size() > query.limit) records.resize(query.limit);
}

std::size_t RecordQueue::push(HistoryRecord record) {
  bytes_ += bytes_of(record);
  records_.push_back(std::move(record));
  return trim();
}

std::vector<HistoryRecord> RecordQueue::take() {
  std::vector<HistoryRecord> taken(std::make_move_iterator(records_.begin()), std::make_move_iterator(records_.end()));
  records_.clear();
  bytes_ = 0;
  return taken;
}

std::size_t RecordQueue::put_back(std::vector<HistoryRecord> records) {
  for (const HistoryRecord& record : records) bytes_ += bytes_of(record);
  records_.insert(records_.begin(), std::make_move_iterator(records.begin()), std::make_move_iterator(records.end()));
  return trim();
}

std::vector<HistoryRecord> RecordQueue::read(const HistoryQuery& query) const {
  std::vector<HistoryRecord> found;
  for (auto record = records_.rbegin(); record != records_.rend(); ++record) {
    if (matches(query, *record)) found.push_back(*record);
  }
  order_reply(query, found);
  return found;
}

std::size_t RecordQueue::trim() {
  std::size_t dropped = 0;
  while (records_.size() > bounds_.records || (bytes_ > bounds_.bytes && !records_.empty())) {
    bytes_ -= bytes_of(records_.front());
    records_.pop_front();
    ++dropped;
  }
  return dropped;
}

}  // namespace fas::control
