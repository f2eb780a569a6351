// Records in memory, the oldest given up first when there are too many or they are too large together.
#pragma once

#include <cstddef>
#include <deque>
#include <vector>

#include "control/history.h"

namespace fas::control {

struct RecordBounds {
  std::size_t records = 10'000;    // of all apps together
  std::size_t bytes = 32U << 20U;  // a decision over a large fleet is tens of kilobytes
};

// Of an app and a time that the query asks for?
bool matches(const HistoryQuery& query, const HistoryRecord& record);

class RecordQueue {
 public:
  explicit RecordQueue(RecordBounds bounds = {}) : bounds_(bounds) {}

  // How many records were dropped for it; the record itself, when it alone is beyond the bounds.
  std::size_t push(HistoryRecord record);

  // Everything in it, the oldest first. It is empty then.
  std::vector<HistoryRecord> take();

  // Puts back what take() gave, before what has come since. How many records were dropped for it.
  std::size_t put_back(std::vector<HistoryRecord> records);

  // Those that the query asks for, the newest first.
  std::vector<HistoryRecord> read(const HistoryQuery& query) const;

  bool half_full() const { return records_.size() > bounds_.records / 2 || bytes_ > bounds_.bytes / 2; }
  bool empty() const { return records_.empty(); }
  std::size_t size() const { return records_.size(); }

 private:
  std::size_t trim();

  RecordBounds bounds_;
  std::deque<HistoryRecord> records_;  // in the order of their coming
  std::size_t bytes_ = 0;
};

// `records` in the order of a reply, and no more of them than the query asks for.
void order_reply(const HistoryQuery& query, std::vector<HistoryRecord>& records);

}  // namespace fas::control
