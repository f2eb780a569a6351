#include "control/history_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "control/history_read.h"
#include "control/history_schema.h"

namespace fas::control {
namespace {

using sqlite::Database;
using sqlite::Statement;

// A file up to this size is checked as a whole when it is opened, which takes some ten milliseconds. Damage in a larger
// one shows when the damaged page is used, and is dealt with then.
constexpr std::int64_t kCheckedBytes = 16 << 20;

constexpr std::int64_t kRowsPerBite = 200;
constexpr std::int64_t kPagesPerBite = 256;

std::int64_t nanoseconds_of(WallTime at) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(at.time_since_epoch()).count();
}

// SQLite gives the -wal and -shm beside it the same rights.
Result<void> make_private(const std::string& path) {
  constexpr mode_t kOwnerOnly = S_IRUSR | S_IWUSR;
  const int made = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kOwnerOnly);
  if (made >= 0) {
    close(made);
    return {};
  }
  if (errno != EEXIST) return fail(ErrorKind::kUnavailable, "create " + path + ": " + std::strerror(errno));
  // Somebody else's file may be writable all the same; whether it is shows when it is opened.
  [[maybe_unused]] const int result = chmod(path.c_str(), kOwnerOnly);
  return {};
}

Result<std::int64_t> bytes_of(Database& database) {
  return database.number("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()");
}

// Is what is in the file sound, and ours? 0: there is nothing in it.
Result<std::int64_t> check(Database& database) {
  Result<std::int64_t> version = database.number("PRAGMA user_version");
  if (!version) return version;
  if (*version > kHistorySchemaVersion) {
    return fail(ErrorKind::kInvalid,
                "it was written by a later version of fly-autoscaler; run that, move the file away or set another "
                "state-dir");
  }
  Result<std::int64_t> tables = database.number("SELECT count(*) FROM sqlite_schema");
  if (!tables) return tables;
  if (*version < 0 || (*version == 0 && *tables > 0)) {
    return fail(ErrorKind::kMalformed, "it is a database of something else");
  }
  Result<std::int64_t> bytes = bytes_of(database);
  if (!bytes) return bytes;
  if (*bytes > kCheckedBytes) return version;
  Result<std::string> verdict = database.text("PRAGMA quick_check(1)");
  if (!verdict) return std::unexpected(std::move(verdict.error()));
  if (*verdict != "ok") return fail(ErrorKind::kMalformed, std::move(*verdict));
  return version;
}

constexpr const char* kSettings = R"(
  PRAGMA auto_vacuum = INCREMENTAL;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  PRAGMA journal_size_limit = 4194304;
  PRAGMA temp_store = MEMORY;
  PRAGMA cell_size_check = ON;
  PRAGMA trusted_schema = OFF;
)";

Result<void> begin_file(Database& database) {
  Result<std::int64_t> version = check(database);
  if (!version) return std::unexpected(std::move(version.error()));
  Result<void> set = database.run(kSettings);
  if (set && *version == 0) set = database.run(kCreateHistory);
  if (set && *version < 2) set = database.run(kAddSamples);
  return set;
}

}  // namespace

Result<HistoryFile> HistoryFile::open(const std::string& path, Database::GiveUp give_up) {
  if (Result<void> made = make_private(path); !made) return std::unexpected(std::move(made.error()));
  Result<Database> database = Database::open(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, std::move(give_up));
  if (!database) return fail_with("open " + path, std::move(database.error()));

  Result<void> begun = begin_file(*database);
  if (!begun) return fail_with("open " + path, std::move(begun.error()));

  Result<Statements> statements = prepare(*database);
  if (!statements) {
    Error error = std::move(statements.error());
    // Its tables are not what they should be.
    if (error.kind == ErrorKind::kInvalid) error.kind = ErrorKind::kMalformed;
    return fail_with("open " + path, std::move(error));
  }
  return HistoryFile(std::move(*database), std::move(*statements));
}

Result<HistoryFile::Statements> HistoryFile::prepare(Database& database) {
  Statements made;
  const std::pair<Statement*, const char*> all[] = {
      {&made.append, "INSERT INTO decisions (app, at, action, count, ok, decision) VALUES (?1, ?2, ?3, ?4, ?5, ?6)"},
      {&made.keep, "REPLACE INTO samples (app, begin, end, data) VALUES (?1, ?2, ?3, ?4)"},
      {&made.remember, "REPLACE INTO memories (app, memory, at) VALUES (?1, ?2, ?3)"},
      {&made.forget, "DELETE FROM memories WHERE app = ?1"},
      {&made.drop_before,
       "DELETE FROM decisions WHERE id IN (SELECT id FROM decisions WHERE at < ?1 ORDER BY at LIMIT ?2)"},
      {&made.drop_oldest, "DELETE FROM decisions WHERE id IN (SELECT id FROM decisions ORDER BY at LIMIT ?1)"},
      {&made.drop_chunks_before,
       "DELETE FROM samples WHERE (app, begin) IN (SELECT app, begin FROM samples WHERE end < ?1 ORDER BY end LIMIT "
       "?2)"},
      {&made.drop_oldest_chunks,
       "DELETE FROM samples WHERE (app, begin) IN (SELECT app, begin FROM samples ORDER BY end LIMIT ?1)"}};
  for (const auto& [statement, sql] : all) {
    Result<Statement> prepared = database.prepare(sql);
    if (!prepared) return std::unexpected(std::move(prepared.error()));
    *statement = std::move(*prepared);
  }
  return made;
}

Result<void> HistoryFile::write(const HistoryBatch& batch) {
  Result<void> done = database_.run("BEGIN IMMEDIATE");
  if (!done) return done;
  done = write_rows(batch);
  if (done) done = database_.run("COMMIT");
  // After some errors SQLite has rolled back by itself; that there is nothing to roll back is no news then.
  if (!done) {
    [[maybe_unused]] const Result<void> ignored = database_.run("ROLLBACK");
  }
  return done;
}

Result<void> HistoryFile::write_rows(const HistoryBatch& batch) {
  if (batch.empty()) return database_.run(kTouchHistory);
  for (const HistoryRecord& record : batch.records) {
    Statement& append = statements_.append;
    append.bind(1, record.app).bind(2, nanoseconds_of(record.at)).bind(3, record.action).bind(4, record.count);
    append.bind(5, record.ok ? 1 : 0).bind(6, record.decision);
    if (Result<void> done = append.run(); !done) return done;
  }
  for (const SampleChunk& chunk : batch.chunks) {
    Statement& keep = statements_.keep;
    keep.bind(1, chunk.app).bind(2, nanoseconds_of(chunk.begin)).bind(3, nanoseconds_of(chunk.end));
    keep.bind_blob(4, chunk.data);
    if (Result<void> done = keep.run(); !done) return done;
  }
  for (const auto& [app, memory] : batch.memories) {
    Statement& change = memory.empty() ? statements_.forget : statements_.remember;
    change.bind(1, app);
    if (!memory.empty()) change.bind(2, memory).bind(3, nanoseconds_of(batch.now));
    if (Result<void> done = change.run(); !done) return done;
  }
  return {};
}

Result<bool> HistoryFile::trim(const HistoryBounds& bounds, WallTime now) {
  const std::int64_t oldest = nanoseconds_of(now) - bounds.max_age.count();
  for (Statement* drop : {&statements_.drop_before, &statements_.drop_chunks_before}) {
    if (Result<void> done = drop->bind(1, oldest).bind(2, kRowsPerBite).run(); !done) {
      return std::unexpected(std::move(done.error()));
    }
    if (database_.changes() == kRowsPerBite) return true;
  }
  Result<std::int64_t> bytes = bytes_of(database_);
  if (!bytes) return std::unexpected(std::move(bytes.error()));
  if (*bytes <= bounds.max_bytes) return false;
  Result<std::int64_t> free =
      database_.number("SELECT freelist_count * page_size FROM pragma_freelist_count(), pragma_page_size()");
  if (!free) return std::unexpected(std::move(free.error()));
  if (*bytes - *free > bounds.max_bytes) return drop_oldest();
  const std::string vacuum = "PRAGMA incremental_vacuum(" + std::to_string(kPagesPerBite) + ")";
  if (Result<void> done = database_.run(vacuum); !done) return std::unexpected(std::move(done.error()));
  Result<std::int64_t> left = bytes_of(database_);
  if (!left) return std::unexpected(std::move(left.error()));
  return *left < *bytes && *left > bounds.max_bytes;
}

// A bite off the table that reaches back further, so that both end up with the same span of time.
Result<bool> HistoryFile::drop_oldest() {
  constexpr const char* kSamplesReachFurther =
      "SELECT coalesce((SELECT min(end) FROM samples) <= (SELECT min(at) FROM decisions), "
      "NOT EXISTS (SELECT 1 FROM decisions))";
  Result<std::int64_t> samples = database_.number(kSamplesReachFurther);
  if (!samples) return std::unexpected(std::move(samples.error()));
  Statement& drop = *samples != 0 ? statements_.drop_oldest_chunks : statements_.drop_oldest;
  if (Result<void> done = drop.bind(1, kRowsPerBite).run(); !done) return std::unexpected(std::move(done.error()));
  return database_.changes() > 0;
}

Result<Memories> HistoryFile::memories() {
  Result<Statement> rows = database_.prepare("SELECT app, memory FROM memories");
  if (!rows) return std::unexpected(std::move(rows.error()));
  Memories memories;
  for (;;) {
    Result<bool> row = rows->step();
    if (!row) return std::unexpected(std::move(row.error()));
    if (!*row) return memories;
    memories.emplace(rows->text(0), rows->text(1));
  }
}

Result<std::vector<HistoryRecord>> HistoryFile::read(const HistoryQuery& query) {
  return select_records(database_, query);
}

Result<std::map<WallTime, std::string>> HistoryFile::chunks(const SampleQuery& query) {
  return select_chunks(database_, query);
}

}  // namespace fas::control
