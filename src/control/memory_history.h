// The history without a state-dir: gone with the process.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "control/history.h"
#include "control/record_queue.h"

namespace fas::control {

class MemoryHistory final : public History {
 public:
  explicit MemoryHistory(RecordBounds bounds = {}) : records_(bounds) {}

  bool lasting() const override { return false; }
  void append(HistoryRecord record) override;
  void remember(const std::string& app, std::string memory) override;
  boost::asio::awaitable<bool> flushed(Deadline deadline) override;  // false at once: nothing survives
  boost::asio::awaitable<Result<std::vector<HistoryRecord>>> read(HistoryQuery query) override;
  std::string memory(const std::string& app) const override;

 private:
  RecordQueue records_;
  std::map<std::string, std::string, std::less<>> memories_;
};

}  // namespace fas::control
