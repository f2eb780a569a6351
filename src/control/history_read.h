// Reading history.db, in the process that writes it and in others.
#pragma once

#include <string>
#include <vector>

#include "control/history.h"
#include "control/sqlite.h"

namespace fas::control {

// The newest first.
Result<std::vector<HistoryRecord>> select_records(sqlite::Database& database, const HistoryQuery& query);

// What a process, this one or another, has written to the state-dir by now; that process is not held up, and nothing is
// changed. kNotFound when there is no history. Blocks.
Result<std::vector<HistoryRecord>> read_history(const std::string& state_dir, const HistoryQuery& query);

// What is remembered of the app; empty when nothing is. Otherwise likewise.
Result<std::string> read_memory(const std::string& state_dir, const std::string& app);

}  // namespace fas::control
