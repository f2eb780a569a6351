#include "metrics/sqlite_reader.h"

#include <fmt/format.h>

#include <chrono>
#include <cstring>
#include <string_view>
#include <thread>
#include <utility>

#include "base/number_text.h"
#include "base/text.h"
#include "metrics/http_call.h"

namespace fas::metrics {
namespace {

constexpr std::chrono::milliseconds kBusyPause{10};
constexpr int kStepsBetweenQuestions = 1'000;

using StatementOwner = std::unique_ptr<sqlite3_stmt, decltype([](sqlite3_stmt* s) { sqlite3_finalize(s); })>;

int ask_stop(void* stop) { return static_cast<const std::stop_token*>(stop)->stop_requested() ? 1 : 0; }

int wait_for_lock(void* stop, int /*tries*/) {
  if (static_cast<const std::stop_token*>(stop)->stop_requested()) return 0;
  std::this_thread::sleep_for(kBusyPause);
  return 1;
}

std::optional<std::string> cell(sqlite3_stmt* statement, int column) {
  switch (sqlite3_column_type(statement, column)) {
    case SQLITE_NULL: return std::nullopt;
    case SQLITE_FLOAT: return format_float(sqlite3_column_double(statement, column));
    default: break;
  }
  const void* bytes = sqlite3_column_blob(statement, column);  // of an integer: its text
  const int size = sqlite3_column_bytes(statement, column);
  return bytes == nullptr ? std::string()
                          : std::string(static_cast<const char*>(bytes), static_cast<std::size_t>(size));
}

// SQLite types values, not columns: a column is one of numbers when all of its values are.
void note_type(SqlColumn& column, int type) {
  if (type == SQLITE_NULL) return;
  const bool is_number = type == SQLITE_INTEGER || type == SQLITE_FLOAT;
  if (!is_number) column.type = SqlType::kText;
  if (is_number && column.type == SqlType::kUnknown) column.type = SqlType::kNumber;
}

std::pair<ErrorKind, std::string_view> meaning_of(int code, std::string_view message) {
  switch (code & 0xff) {
    case SQLITE_ERROR:
      if (message.starts_with("no such table")) return {ErrorKind::kNotFound, "; check the query and the path"};
      return {ErrorKind::kInvalid, "; check the query"};
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
    case SQLITE_FORMAT: return {ErrorKind::kMalformed, "; check the path"};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_INTERRUPT: return {ErrorKind::kTimeout, ""};
    case SQLITE_READONLY: return {ErrorKind::kInvalid, "; the query runs read-only"};
    case SQLITE_CANTOPEN: return {ErrorKind::kUnavailable, "; check the path and the rights on it and its folder"};
    default: return {ErrorKind::kUnavailable, ""};
  }
}

}  // namespace

Result<SqlRows> SqliteReader::query(const std::string& sql, const std::stop_token& stop) {
  if (database_ != nullptr && has_moved()) database_.reset();
  if (database_ == nullptr) {
    if (Result<void> opened = open(); !opened) {
      database_.reset();
      return std::unexpected(std::move(opened.error()));
    }
  }
  std::stop_token mine = stop;
  sqlite3_progress_handler(database_.get(), kStepsBetweenQuestions, &ask_stop, &mine);
  sqlite3_busy_handler(database_.get(), &wait_for_lock, &mine);
  Result<SqlRows> rows = ask(sql);
  sqlite3_progress_handler(database_.get(), 0, nullptr, nullptr);
  sqlite3_busy_handler(database_.get(), nullptr, nullptr);
  const bool is_sound = rows || rows.error().kind == ErrorKind::kInvalid || rows.error().kind == ErrorKind::kNotFound;
  if (!is_sound) database_.reset();
  return rows;
}

Result<void> SqliteReader::open() {
  sqlite3* opened = nullptr;
  const int code = sqlite3_open_v2(path_.c_str(), &opened, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, nullptr);
  database_.reset(opened);
  if (code != SQLITE_OK) return error_of(code);
  sqlite3_extended_result_codes(opened, 1);
  return {};
}

bool SqliteReader::has_moved() const {
  int moved = 0;
  const int code = sqlite3_file_control(database_.get(), "main", SQLITE_FCNTL_HAS_MOVED, &moved);
  return code == SQLITE_OK && moved != 0;
}

Result<SqlRows> SqliteReader::ask(const std::string& sql) {
  sqlite3_stmt* made = nullptr;
  const char* rest = nullptr;
  if (const int code = sqlite3_prepare_v2(database_.get(), sql.c_str(), -1, &made, &rest); code != SQLITE_OK) {
    return error_of(code);
  }
  const StatementOwner statement(made);
  if (!trim(rest).empty()) return fail(ErrorKind::kInvalid, "the query is more than one statement; write one SELECT");
  SqlRows rows;
  if (made == nullptr) return rows;  // an empty text, or a comment
  for (int i = 0; i < sqlite3_column_count(made); ++i) {
    const char* name = sqlite3_column_name(made, i);
    rows.columns.push_back({.name = name == nullptr ? "" : name, .type = SqlType::kUnknown});
  }
  for (;;) {
    const int code = sqlite3_step(made);
    if (code == SQLITE_DONE) return rows;
    if (code != SQLITE_ROW) return error_of(code);
    if (rows.rows.size() == kMaxSqlRows) return too_many_rows();
    SqlRow& row = rows.rows.emplace_back();
    for (std::size_t i = 0; i < rows.columns.size(); ++i) {
      note_type(rows.columns[i], sqlite3_column_type(made, static_cast<int>(i)));
      row.push_back(cell(made, static_cast<int>(i)));
    }
  }
}

std::unexpected<Error> SqliteReader::error_of(int code) const {
  const std::string_view message = database_ == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(database_.get());
  const int system = database_ == nullptr ? 0 : sqlite3_system_errno(database_.get());
  const auto [kind, remedy] = meaning_of(code, message);
  const bool is_of_files = (code & 0xff) == SQLITE_CANTOPEN || (code & 0xff) == SQLITE_IOERR;
  // NOLINTNEXTLINE(concurrency-mt-unsafe): glibc's is safe for the errors that there are
  const std::string cause = is_of_files && system != 0 ? fmt::format(" ({})", std::strerror(system)) : "";
  return fail(kind, fmt::format("{}{}{}", one_line(message), cause, remedy));
}

}  // namespace fas::metrics
