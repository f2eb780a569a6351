#include "control/history_read.h"

#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <optional>
#include <utility>

#include "control/history_schema.h"
#include "control/record_queue.h"
#include "control/sample_tails.h"

namespace fas::control {
namespace {

using std::chrono::nanoseconds;

std::int64_t nanoseconds_of(WallTime at) {
  return std::chrono::duration_cast<nanoseconds>(at.time_since_epoch()).count();
}

bool names_one_app(const HistoryQuery& query) { return !query.app.empty() && query.app.find('*') == std::string::npos; }

std::string sql_of(const HistoryQuery& query) {
  std::string sql = "SELECT app, at, action, count, ok, decision FROM decisions WHERE at BETWEEN ?1 AND ?2";
  if (names_one_app(query)) sql += " AND app = ?3";
  if (query.actions_only) sql += " AND (action <> 'no_scale' OR NOT ok)";
  return sql + " ORDER BY at DESC, id DESC";
}

WallTime time_of(std::int64_t at) { return WallTime(std::chrono::duration_cast<WallTime::duration>(nanoseconds(at))); }

HistoryRecord record_of(const sqlite::Statement& row) {
  HistoryRecord record;
  record.app = row.text(0);
  record.at = time_of(row.integer(1));
  record.action = row.text(2);
  record.count = static_cast<int>(row.integer(3));
  record.ok = row.integer(4) != 0;
  return record;
}

std::unexpected<Error> unreadable(const std::string& file, Error error) {
  return fail(error.kind, "history in " + file + " cannot be read: " + error.message);
}

}  // namespace

Result<std::vector<HistoryRecord>> select_records(sqlite::Database& database, const HistoryQuery& query) {
  Result<sqlite::Statement> rows = database.prepare(sql_of(query));
  if (!rows) return std::unexpected(std::move(rows.error()));
  rows->bind(1, query.since ? nanoseconds_of(*query.since) : INT64_MIN);
  rows->bind(2, query.until ? nanoseconds_of(*query.until) : INT64_MAX);
  if (names_one_app(query)) rows->bind(3, query.app);

  std::vector<HistoryRecord> found;
  while (found.size() < query.limit) {
    Result<bool> row = rows->step();
    if (!row) return std::unexpected(std::move(row.error()));
    if (!*row) break;
    HistoryRecord record = record_of(*rows);
    if (!matches(query, record)) continue;  // the wildcard, which SQL has no word for
    record.decision = rows->text(5);
    found.push_back(std::move(record));
  }
  return found;
}

Result<std::map<WallTime, std::string>> select_chunks(sqlite::Database& database, const SampleQuery& query) {
  Result<sqlite::Statement> rows =
      database.prepare("SELECT begin, data FROM samples WHERE app = ?1 AND begin <= ?2 AND end >= ?3 ORDER BY begin");
  if (!rows) return std::unexpected(std::move(rows.error()));
  rows->bind(1, query.app);
  rows->bind(2, query.until ? nanoseconds_of(*query.until) : INT64_MAX);
  rows->bind(3, query.since ? nanoseconds_of(*query.since) : INT64_MIN);
  std::map<WallTime, std::string> chunks;
  for (;;) {
    Result<bool> row = rows->step();
    if (!row) return std::unexpected(std::move(row.error()));
    if (!*row) return chunks;
    chunks.emplace_hint(chunks.end(), time_of(rows->integer(0)), rows->blob(1));
  }
}

namespace {

// The file as others have left it; null when it has just been begun.
Result<std::optional<sqlite::Database>> open_history(const std::string& state_dir, const std::string& file) {
  if (access(file.c_str(), R_OK) != 0) {
    const int error = errno;
    if (error == ENOENT || error == ENOTDIR) {
      return fail(ErrorKind::kNotFound, "no history in " + state_dir + ": is state-dir right?");
    }
    return fail(ErrorKind::kUnavailable, "history in " + file + " cannot be read: " + std::strerror(error));
  }
  Result<sqlite::Database> database = sqlite::Database::open(file, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX);
  if (!database) return unreadable(file, std::move(database.error()));
  Result<std::int64_t> version = database->number("PRAGMA user_version");
  if (!version) return unreadable(file, std::move(version.error()));
  if (*version == 0) return std::nullopt;
  if (*version > kHistorySchemaVersion) {
    return fail(ErrorKind::kInvalid, "history in " + file + " was written by a later version of fly-autoscaler");
  }
  return std::optional(std::move(*database));
}

std::string file_in(const std::string& state_dir) { return state_dir + "/" + kHistoryFileName; }

}  // namespace

Result<std::vector<HistoryRecord>> read_history(const std::string& state_dir, const HistoryQuery& query) {
  const std::string file = file_in(state_dir);
  Result<std::optional<sqlite::Database>> database = open_history(state_dir, file);
  if (!database) return std::unexpected(std::move(database.error()));
  if (!*database) return std::vector<HistoryRecord>{};
  Result<std::vector<HistoryRecord>> found = select_records(**database, query);
  if (!found) return unreadable(file, std::move(found.error()));
  return found;
}

Result<scale::Samples> read_samples(const std::string& state_dir, const SampleQuery& query) {
  const std::string file = file_in(state_dir);
  Result<std::optional<sqlite::Database>> database = open_history(state_dir, file);
  if (!database) return std::unexpected(std::move(database.error()));
  if (!*database) return scale::Samples{};
  Result<std::int64_t> version = (*database)->number("PRAGMA user_version");
  if (version && *version < 2) return scale::Samples{};
  Result<std::map<WallTime, std::string>> chunks = select_chunks(**database, query);
  if (!chunks) return unreadable(file, std::move(chunks.error()));
  return join(*chunks, nullptr).between(query.since, query.until);
}

Result<std::string> read_memory(const std::string& state_dir, const std::string& app) {
  const std::string file = file_in(state_dir);
  Result<std::optional<sqlite::Database>> database = open_history(state_dir, file);
  if (!database) return std::unexpected(std::move(database.error()));
  if (!*database) return std::string();
  Result<sqlite::Statement> row = (*database)->prepare("SELECT memory FROM memories WHERE app = ?1");
  if (!row) return unreadable(file, std::move(row.error()));
  row->bind(1, app);
  Result<bool> found = row->step();
  if (!found) return unreadable(file, std::move(found.error()));
  return *found ? std::string(row->text(0)) : std::string();
}

}  // namespace fas::control
