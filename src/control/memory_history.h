// The history without a state-dir: gone with the process.
#pragma once

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "control/history.h"
#include "control/record_queue.h"
#include "control/sample_tails.h"

namespace fas::control {

class MemoryHistory final : public History {
 public:
  explicit MemoryHistory(RecordBounds bounds = {}) : records_(bounds) {}

  bool lasting() const override { return false; }
  void append(HistoryRecord record) override;
  void remember(const std::string& app, std::string memory) override;
  void sample(const std::string& app, const scale::Decision& decision) override;
  boost::asio::awaitable<Result<scale::Samples>> samples(SampleQuery query) override;
  boost::asio::awaitable<bool> flushed(Deadline deadline) override;  // false at once: nothing survives
  boost::asio::awaitable<Result<std::vector<HistoryRecord>>> read(HistoryQuery query) override;
  std::string memory(const std::string& app) const override;

 private:
  RecordQueue records_;
  SampleTails tails_;
  std::deque<SampleChunk> chunks_;  // by the time of their coming
  std::size_t chunk_bytes_ = 0;
  std::map<std::string, std::string, std::less<>> memories_;
};

}  // namespace fas::control
