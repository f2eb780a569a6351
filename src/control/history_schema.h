// What history.db holds.
#pragma once

#include <cstdint>

namespace fas::control {

inline constexpr const char* kHistoryFileName = "history.db";

// PRAGMA user_version. A file of a later version is left alone.
inline constexpr std::int64_t kHistorySchemaVersion = 2;

// `at` is nanoseconds since 1970, UTC. auto_vacuum has to be set before anything is in the file.
inline constexpr const char* kCreateHistory = R"(
  BEGIN IMMEDIATE;
  CREATE TABLE decisions (
    id INTEGER PRIMARY KEY,
    app TEXT NOT NULL,
    at INTEGER NOT NULL,
    action TEXT NOT NULL,
    count INTEGER NOT NULL,
    ok INTEGER NOT NULL,
    decision TEXT NOT NULL
  );
  CREATE INDEX decisions_app_at ON decisions (app, at);
  CREATE INDEX decisions_at ON decisions (at);
  CREATE INDEX decisions_actions ON decisions (at) WHERE action <> 'no_scale' OR NOT ok;  -- few among many
  CREATE TABLE memories (app TEXT PRIMARY KEY, memory TEXT NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID;
  PRAGMA user_version = 1;
  COMMIT;
)";

// From version 1 to 2: what charts and backtests need of every tick (control/sample_chunk.h).
inline constexpr const char* kAddSamples = R"(
  BEGIN IMMEDIATE;
  CREATE TABLE samples (
    app TEXT NOT NULL,
    begin INTEGER NOT NULL,
    end INTEGER NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (app, begin)
  ) WITHOUT ROWID;
  CREATE INDEX samples_end ON samples (end);
  PRAGMA user_version = 2;
  COMMIT;
)";

// Changes nothing and yet writes a page.
inline constexpr const char* kTouchHistory = "PRAGMA user_version = 2";

}  // namespace fas::control
