// history.db, open for writing.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "control/history.h"
#include "control/sample_tails.h"
#include "control/sqlite.h"

namespace fas::control {

struct HistoryBounds {
  std::chrono::nanoseconds max_age = std::chrono::hours(24 * 7);
  std::int64_t max_bytes = 256 << 20;  // of the file; its -wal is a few MiB beside it
};

using Memories = std::map<std::string, std::string, std::less<>>;  // by app

struct HistoryBatch {
  std::vector<HistoryRecord> records;
  std::vector<SampleChunk> chunks;
  Memories memories;  // empty: the app's is forgotten
  WallTime now;

  bool empty() const { return records.empty() && chunks.empty() && memories.empty(); }
};

// Errors are those of sqlite.h. kMalformed: the file is damaged, or is something else, and no use any more; kInvalid: a
// later version has written it. One thread at a time.
class HistoryFile {
 public:
  // Begins it where there is none, readable for this user alone.
  static Result<HistoryFile> open(const std::string& path, sqlite::Database::GiveUp give_up);

  // All of it or nothing. Whatever happens to the process afterwards, it stays; a power cut may take the last seconds
  // with it (the write-ahead log is not synced at each commit), but never damages the file. An empty batch tries
  // whether the file can be written.
  Result<void> write(const HistoryBatch& batch);

  // Takes one small bite off what is too old and too large; true: there is more. Memories always stay.
  Result<bool> trim(const HistoryBounds& bounds, WallTime now);

  Result<Memories> memories();
  Result<std::vector<HistoryRecord>> read(const HistoryQuery& query);
  // By their begin. Those at the ends may reach beyond what was asked for.
  Result<std::map<WallTime, std::string>> chunks(const SampleQuery& query);

  bool in_place() const { return database_.in_place(); }  // see sqlite::Database

 private:
  struct Statements {
    sqlite::Statement append, keep, remember, forget, drop_before, drop_oldest, drop_chunks_before, drop_oldest_chunks;
  };
  HistoryFile(sqlite::Database database, Statements statements)
      : database_(std::move(database)), statements_(std::move(statements)) {}
  static Result<Statements> prepare(sqlite::Database& database);
  Result<void> write_rows(const HistoryBatch& batch);
  Result<bool> drop_oldest();

  sqlite::Database database_;
  Statements statements_;
};

}  // namespace fas::control
