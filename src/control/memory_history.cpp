#include "control/memory_history.h"

#include <utility>

namespace fas::control {
namespace {

// A day of some hundred apps.
constexpr std::size_t kMostChunkBytes = 32U << 20U;

std::size_t bytes_of(const SampleChunk& chunk) { return sizeof(chunk) + chunk.app.size() + chunk.data.size(); }

}  // namespace

namespace asio = boost::asio;

void MemoryHistory::append(HistoryRecord record) { records_.push(std::move(record)); }

void MemoryHistory::remember(const std::string& app, std::string memory) {
  if (memory.empty()) {
    memories_.erase(app);
  } else {
    memories_.insert_or_assign(app, std::move(memory));
  }
}

void MemoryHistory::sample(const std::string& app, const scale::Decision& decision) {
  std::optional<SampleChunk> chunk = tails_.add(app, decision);
  if (!chunk || !chunk->complete) return;
  chunk_bytes_ += bytes_of(*chunk);
  chunks_.push_back(std::move(*chunk));
  for (; chunk_bytes_ > kMostChunkBytes; chunks_.pop_front()) chunk_bytes_ -= bytes_of(chunks_.front());
}

asio::awaitable<Result<scale::Samples>> MemoryHistory::samples(SampleQuery query) {
  std::map<WallTime, std::string> chunks;
  for (const SampleChunk& chunk : chunks_) {
    if (chunk.app == query.app) chunks.insert_or_assign(chunk.begin, chunk.data);
  }
  co_return join(chunks, tails_.find(query.app)).between(query.since, query.until);
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
