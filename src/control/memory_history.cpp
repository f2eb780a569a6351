#include "control/memory_history.h"

#include <utility>

namespace fas::control {

namespace asio = boost::asio;

void MemoryHistory::append(HistoryRecord record) { records_.push(std::move(record)); }

void MemoryHistory::remember(const std::string& app, std::string memory) {
  if (memory.empty()) {
    memories_.erase(app);
  } else {
    memories_.insert_or_assign(app, std::move(memory));
  }
}

asio::awaitable<bool> MemoryHistory::flushed(Deadline /*deadline*/) { co_return false; }

asio::awaitable<Result<std::vector<HistoryRecord>>> MemoryHistory::read(HistoryQuery query) {
  co_return records_.read(query);
}

std::string MemoryHistory::memory(const std::string& app) const {
  const auto found = memories_.find(app);
  return found == memories_.end() ? std::string() : found->second;
}

}  // namespace fas::control
