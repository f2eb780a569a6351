// The history of one process, on a disk that may be slow, full, or lose its last writes at a crash.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "control/history.h"
#include "tests/simulation/process_loop.h"
#include "tests/simulation/timeline.h"

namespace fas::simulation {

// What outlives every process of the run.
struct Disk {
  std::map<std::string, std::string> memory;
  std::vector<control::HistoryRecord> records;
  Duration lag{0};  // from a write to its being safe
  bool full = false;
  std::function<void(const control::HistoryRecord&)> on_append;  // told of every record, written or not
};

// Writes are safe in the order in which they were made, each after the disk's lag; a crash loses the rest.
class SimHistory final : public control::History {
 public:
  SimHistory(Disk& disk, Timeline& timeline, ProcessLoop& loop)
      : disk_(disk), timeline_(timeline), loop_(loop), memory_(disk.memory) {}

  void append(control::HistoryRecord record) override;
  void remember(const std::string& app, std::string memory) override;
  void sample(const std::string& /*app*/, const scale::Decision& /*decision*/) override {}
  boost::asio::awaitable<Result<scale::Samples>> samples(control::SampleQuery query) override;
  boost::asio::awaitable<bool> flushed(Deadline deadline) override;
  boost::asio::awaitable<Result<std::vector<control::HistoryRecord>>> read(control::HistoryQuery query) override;
  std::string memory(const std::string& app) const override;

  bool all_safe() const { return unsafe_.empty(); }
  // What a process that ends in order does.
  void write_all();

 private:
  struct Write {
    Duration at;
    std::function<void(Disk&)> apply;
  };
  void write(std::function<void(Disk&)> apply);
  void write_due();
  void plan_next();

  Disk& disk_;
  Timeline& timeline_;
  ProcessLoop& loop_;
  std::map<std::string, std::string> memory_;
  std::deque<Write> unsafe_;
  Timeline::Alarm next_;
};

}  // namespace fas::simulation
