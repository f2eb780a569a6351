// The history file through all that can happen to it: keeps it open, moves it aside when it is damaged, begins it again
// when it has been deleted, and tells the log, once when trouble begins, once a minute while it lasts, once when it is
// over.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "control/history_file.h"
#include "control/state_dir.h"

namespace fas::control {

// One thread at a time. Blocks.
class HistoryDisk {
 public:
  HistoryDisk(std::string state_dir, HistoryBounds bounds, sqlite::Database::GiveUp give_up);

  // Opens the file unless it is open. When this call has opened it: the memories that it holds.
  std::optional<Memories> open();

  enum class Written { kYes, kNo, kAgain };  // kAgain: open() and write it all again, the file was damaged
  // An empty batch, while there is trouble, tries whether it is over.
  Written write(const HistoryBatch& batch);

  bool trim(WallTime now);  // true: there is more to do, or the file was damaged and write() is to begin a new one
  // Nothing when the file cannot be opened.
  Result<std::vector<HistoryRecord>> read(const HistoryQuery& query);
  Result<std::map<WallTime, std::string>> chunks(const SampleQuery& query);

  // Of the last call that met the disk; empty: none.
  const std::string& trouble() const { return trouble_; }

 private:
  Result<void> try_open(Memories& memories);
  bool set_aside(const Error& damage);
  void close();
  void failed(const Error& error);
  void succeeded();

  std::string state_dir_;
  HistoryBounds bounds_;
  sqlite::Database::GiveUp give_up_;
  std::optional<StateDir> directory_;
  std::optional<HistoryFile> file_;  // only while the directory is ours
  std::string trouble_;
  bool trouble_logged_ = false;
  TimePoint next_error_line_;  // of the steady clock: the real time is meant, whatever Clock the loop runs on
  TimePoint next_set_aside_;
};

}  // namespace fas::control
