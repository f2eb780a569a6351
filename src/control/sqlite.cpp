#include "control/sqlite.h"

#include <chrono>
#include <cstring>
#include <thread>
#include <utility>

namespace fas::control::sqlite {
namespace {

// Another process's write, that of a curious sqlite3 shell for example, is waited for this long.
constexpr int kBusyTries = 200;
constexpr std::chrono::milliseconds kBusyPause{10};
constexpr int kStepsBetweenQuestions = 10'000;

ErrorKind kind_of(int code) {
  switch (code & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_FORMAT: return ErrorKind::kMalformed;
    case SQLITE_FULL: return ErrorKind::kCapacity;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_INTERRUPT: return ErrorKind::kTimeout;
    case SQLITE_ERROR:
    case SQLITE_SCHEMA: return ErrorKind::kInvalid;
    case SQLITE_IOERR:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_PROTOCOL:
    case SQLITE_NOMEM:
    case SQLITE_NOLFS: return ErrorKind::kUnavailable;
    default: return ErrorKind::kInternal;
  }
}

std::unexpected<Error> error_of(sqlite3* database, int code) {
  std::string message = database == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(database);
  const int primary = code & 0xff;
  const int system = database == nullptr ? 0 : sqlite3_system_errno(database);
  if (system != 0 && (primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN)) {
    message += std::string(" (") + std::strerror(system) + ")";
  }
  return fail(kind_of(code), std::move(message));
}

int ask_give_up(void* context) { return (*static_cast<Database::GiveUp*>(context))() ? 1 : 0; }

int wait_for_lock(void* context, int tries) {
  auto* give_up = static_cast<Database::GiveUp*>(context);
  if (tries >= kBusyTries || (give_up != nullptr && (*give_up)())) return 0;
  std::this_thread::sleep_for(kBusyPause);
  return 1;
}

}  // namespace

Statement& Statement::bind(int parameter, std::int64_t value) {
  const int result = sqlite3_bind_int64(statement_.get(), parameter, value);
  if (bind_result_ == SQLITE_OK) bind_result_ = result;
  return *this;
}

Statement& Statement::bind(int parameter, std::string_view text) {
  // A null pointer would bind NULL.
  const char* bytes = text.data() == nullptr ? "" : text.data();
  const int result = sqlite3_bind_text64(statement_.get(), parameter, bytes, text.size(), SQLITE_STATIC, SQLITE_UTF8);
  if (bind_result_ == SQLITE_OK) bind_result_ = result;
  return *this;
}

Statement& Statement::bind_blob(int parameter, std::string_view bytes) {
  const char* data = bytes.data() == nullptr ? "" : bytes.data();
  const int result = sqlite3_bind_blob64(statement_.get(), parameter, data, bytes.size(), SQLITE_STATIC);
  if (bind_result_ == SQLITE_OK) bind_result_ = result;
  return *this;
}

Result<bool> Statement::step() {
  if (const int result = std::exchange(bind_result_, SQLITE_OK); result != SQLITE_OK) {
    return error_of(nullptr, result);
  }
  const int result = sqlite3_step(statement_.get());
  if (result == SQLITE_ROW) return true;
  if (result == SQLITE_DONE) return false;
  return error_of(sqlite3_db_handle(statement_.get()), result);
}

Result<void> Statement::run() {
  Result<bool> row = true;
  while (row && *row) row = step();
  reset();
  if (!row) return std::unexpected(std::move(row.error()));
  return {};
}

void Statement::reset() { sqlite3_reset(statement_.get()); }

std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(statement_.get(), column); }

std::string_view Statement::text(int column) const {
  const auto* bytes = sqlite3_column_text(statement_.get(), column);
  if (bytes == nullptr) return {};
  return {reinterpret_cast<const char*>(bytes),
          static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

std::string_view Statement::blob(int column) const {
  const void* bytes = sqlite3_column_blob(statement_.get(), column);
  if (bytes == nullptr) return {};
  return {static_cast<const char*>(bytes), static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

Result<Database> Database::open(const std::string& path, int flags, GiveUp give_up) {
  sqlite3* handle = nullptr;
  const int result = sqlite3_open_v2(path.c_str(), &handle, flags, nullptr);
  Database database(handle);  // it has to be closed after a failure, too
  if (result != SQLITE_OK) return error_of(handle, result);
  sqlite3_extended_result_codes(handle, 1);
  database.set_give_up(std::move(give_up));
  return database;
}

void Database::set_give_up(GiveUp give_up) {
  if (give_up) {
    give_up_ = std::make_unique<GiveUp>(std::move(give_up));
    sqlite3_progress_handler(database_.get(), kStepsBetweenQuestions, ask_give_up, give_up_.get());
  }
  sqlite3_busy_handler(database_.get(), wait_for_lock, give_up_.get());
}

Result<Statement> Database::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int result =
      sqlite3_prepare_v3(database_.get(), sql.data(), static_cast<int>(sql.size()), 0, &statement, nullptr);
  if (result != SQLITE_OK) return error_of(database_.get(), result);
  return Statement(statement);
}

Result<void> Database::run(const std::string& sql) {
  const int result = sqlite3_exec(database_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (result != SQLITE_OK) return error_of(database_.get(), result);
  return {};
}

Result<std::int64_t> Database::number(std::string_view sql) {
  Result<Statement> statement = prepare(sql);
  if (!statement) return std::unexpected(std::move(statement.error()));
  Result<bool> row = statement->step();
  if (!row) return std::unexpected(std::move(row.error()));
  return *row ? statement->integer(0) : 0;
}

Result<std::string> Database::text(std::string_view sql) {
  Result<Statement> statement = prepare(sql);
  if (!statement) return std::unexpected(std::move(statement.error()));
  Result<bool> row = statement->step();
  if (!row) return std::unexpected(std::move(row.error()));
  return *row ? std::string(statement->text(0)) : std::string();
}

bool Database::in_place() const {
  int moved = 0;
  const int result = sqlite3_file_control(database_.get(), "main", SQLITE_FCNTL_HAS_MOVED, &moved);
  return result != SQLITE_OK || moved == 0;
}

}  // namespace fas::control::sqlite
