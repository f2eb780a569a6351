// Reading history.db, in the process that writes it and in others.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "control/history.h"
#include "control/sqlite.h"

namespace fas::control {

// The newest first.
Result<std::vector<HistoryRecord>> select_records(sqlite::Database& database, const HistoryQuery& query);

// The chunks that hold samples of the time asked for, by their begin.
Result<std::map<WallTime, std::string>> select_chunks(sqlite::Database& database, const SampleQuery& query);

// What a process, this one or another, has written to the state-dir by now; that process is not held up, and nothing is
// changed. kNotFound when there is no history. Blocks.
Result<std::vector<HistoryRecord>> read_history(const std::string& state_dir, const HistoryQuery& query);

// Likewise; none where the history is of a version that kept no samples. A daemon writes them every few minutes.
Result<scale::Samples> read_samples(const std::string& state_dir, const SampleQuery& query);

// What is remembered of the app; empty when nothing is. Otherwise likewise.
Result<std::string> read_memory(const std::string& state_dir, const std::string& app);

}  // namespace fas::control
