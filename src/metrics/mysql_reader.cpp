#include "metrics/mysql_reader.h"

#include <fmt/format.h>
#include <ma_pvio.h>
#include <mysqld_error.h>
#include <sys/socket.h>

#include <algorithm>
#include <utility>

#include "metrics/mysql_error.h"

namespace fas::metrics {
namespace {

using std::chrono::milliseconds;

// Plugins that show the password to whoever took the server's place are not among them; over a connection whose other
// end is certain, they may serve.
constexpr const char* kSafeLogins = "mysql_native_password,client_ed25519,caching_sha2_password,sha256_password";
constexpr const char* kAllLogins =
    "mysql_native_password,client_ed25519,caching_sha2_password,sha256_password,mysql_clear_password";

using AnswerOwner = std::unique_ptr<MYSQL_RES, decltype([](MYSQL_RES* answer) { mysql_free_result(answer); })>;

milliseconds left(std::chrono::steady_clock::time_point end) {
  return std::max(std::chrono::ceil<milliseconds>(end - std::chrono::steady_clock::now()), milliseconds(1));
}

SqlType type_of(enum_field_types type) {
  switch (type) {
    case MYSQL_TYPE_TINY:
    case MYSQL_TYPE_SHORT:
    case MYSQL_TYPE_INT24:
    case MYSQL_TYPE_LONG:
    case MYSQL_TYPE_LONGLONG:
    case MYSQL_TYPE_FLOAT:
    case MYSQL_TYPE_DOUBLE:
    case MYSQL_TYPE_DECIMAL:
    case MYSQL_TYPE_NEWDECIMAL:
    case MYSQL_TYPE_BIT:
    case MYSQL_TYPE_YEAR: return SqlType::kNumber;
    case MYSQL_TYPE_TIME:
    case MYSQL_TYPE_TIME2: return SqlType::kInterval;
    case MYSQL_TYPE_DATE:
    case MYSQL_TYPE_NEWDATE:
    case MYSQL_TYPE_DATETIME:
    case MYSQL_TYPE_DATETIME2:
    case MYSQL_TYPE_TIMESTAMP:
    case MYSQL_TYPE_TIMESTAMP2: return SqlType::kTime;
    case MYSQL_TYPE_NULL: return SqlType::kUnknown;
    default: return SqlType::kText;
  }
}

// A BIT(n) comes as its bytes, the highest first; everything else as text.
std::string cell(const MYSQL_FIELD& field, const char* bytes, unsigned long size) {
  if (field.type != MYSQL_TYPE_BIT || size > 8) return {bytes, size};
  std::uint64_t number = 0;
  for (unsigned long i = 0; i < size; ++i) number = number << 8U | static_cast<unsigned char>(bytes[i]);
  return std::to_string(number);
}

void read_columns(MYSQL_RES* answer, SqlRows& rows) {
  const MYSQL_FIELD* const fields = mysql_fetch_fields(answer);
  for (unsigned i = 0; i < mysql_num_fields(answer); ++i) {
    rows.columns.push_back({.name = {fields[i].name, fields[i].name_length}, .type = type_of(fields[i].type)});
  }
}

// False when there are too many. An error ends the rows, too.
bool read_rows(MYSQL_RES* answer, SqlRows& rows) {
  const MYSQL_FIELD* const fields = mysql_fetch_fields(answer);
  while (char** const row = mysql_fetch_row(answer)) {
    if (rows.rows.size() == kMaxSqlRows) return false;
    const unsigned long* const sizes = mysql_fetch_lengths(answer);
    SqlRow& cells = rows.rows.emplace_back();
    for (std::size_t i = 0; i < rows.columns.size(); ++i) {
      if (row[i] == nullptr) {
        cells.emplace_back(std::nullopt);
      } else {
        cells.emplace_back(cell(fields[i], row[i], sizes[i]));
      }
    }
  }
  return true;
}

}  // namespace

Result<SqlRows> MysqlReader::query(const std::string& sql, milliseconds limit, const std::stop_token& stop) {
  const Time end = std::chrono::steady_clock::now() + limit;
  const std::stop_callback interrupts(stop, [this] { interrupt(); });
  const bool kept = connected();
  for (int attempt = kept ? 0 : 1;; ++attempt) {
    if (!connected()) {
      if (Result<void> made = connect(end); !made) return std::unexpected(std::move(made.error()));
    }
    if (stop.stop_requested()) return fail(ErrorKind::kCancelled, "nobody waits for the answer any more");
    Result<SqlRows> rows = transact(sql, end);
    const bool lost = !rows && rows.error().kind == ErrorKind::kUnavailable && !connected();
    if (!lost || attempt > 0 || stop.stop_requested()) return rows;
  }
}

Result<void> MysqlReader::load_tls() {
  if (options_.mode == MysqlTls::kVerifyFull && (options_.tls == nullptr || options_.tls->ca.empty())) {
    Result<PemFile> system = PemFile::make(system_authorities());
    if (!system) return std::unexpected(std::move(system.error()));
    ca_ = std::move(*system);
  }
  if (options_.tls == nullptr || !cert_.path().empty()) return {};
  const net::TlsSettings& tls = *options_.tls;
  const std::string& key = tls.key.empty() ? tls.cert : tls.key;
  const std::pair<PemFile*, const std::string*> all[] = {{&ca_, &tls.ca}, {&cert_, &tls.cert}, {&key_, &key}};
  for (const auto& [file, material] : all) {
    if (material->empty() || !file->path().empty()) continue;
    Result<PemFile> made = PemFile::make(*material);
    if (!made) return std::unexpected(std::move(made.error()));
    *file = std::move(*made);
  }
  return {};
}

void MysqlReader::set_tls(MYSQL* connection) const {
  const my_bool wanted = options_.mode == MysqlTls::kDisable ? 0 : 1;
  const my_bool verify = options_.mode == MysqlTls::kVerifyFull ? 1 : 0;
  mysql_optionsv(connection, MYSQL_OPT_SSL_ENFORCE, &wanted);
  mysql_optionsv(connection, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verify);
  mysql_optionsv(connection, MARIADB_OPT_RESTRICTED_AUTH, verify != 0 ? kAllLogins : kSafeLogins);
  const bool skip = options_.tls != nullptr && options_.tls->insecure_skip_verify && verify == 0;
  if (!ca_.path().empty() && !skip) mysql_optionsv(connection, MYSQL_OPT_SSL_CA, ca_.path().c_str());
  if (cert_.path().empty()) return;
  mysql_optionsv(connection, MYSQL_OPT_SSL_CERT, cert_.path().c_str());
  mysql_optionsv(connection, MYSQL_OPT_SSL_KEY, key_.path().c_str());
}

void MysqlReader::set_options(MYSQL* connection, unsigned seconds) const {
  const unsigned int no_files = 0;  // a server may ask its client for any file
  const unsigned int protocol = options_.socket.empty() ? MYSQL_PROTOCOL_TCP : MYSQL_PROTOCOL_SOCKET;
  mysql_optionsv(connection, MYSQL_OPT_LOCAL_INFILE, &no_files);
  mysql_optionsv(connection, MYSQL_OPT_PROTOCOL, &protocol);
  mysql_optionsv(connection, MYSQL_OPT_CONNECT_TIMEOUT, &seconds);
  mysql_optionsv(connection, MYSQL_OPT_READ_TIMEOUT, &seconds);
  mysql_optionsv(connection, MYSQL_OPT_WRITE_TIMEOUT, &seconds);
  mysql_optionsv(connection, MYSQL_SET_CHARSET_NAME, "utf8mb4");
  mysql_optionsv(connection, MYSQL_OPT_CONNECT_ATTR_ADD, "program_name", "fly-autoscaler");
  set_tls(connection);
}

Result<void> MysqlReader::connect(Time end) {
  if (Result<void> loaded = load_tls(); !loaded) return loaded;
  connection_.reset(mysql_init(nullptr));
  if (connection_ == nullptr) return fail(ErrorKind::kInternal, "out of memory");
  MYSQL* const connection = connection_.get();
  set_options(connection, static_cast<unsigned>(std::chrono::ceil<std::chrono::seconds>(left(end)).count()));
  const auto or_null = [](const std::string& text) { return text.empty() ? nullptr : text.c_str(); };
  if (mysql_real_connect(connection, or_null(options_.host), options_.user.c_str(), options_.password.c_str(),
                         or_null(options_.database), options_.port, or_null(options_.socket), 0) == nullptr) {
    std::unexpected<Error> error = failure();
    disconnect();
    return error;
  }
  // For the library, a server without TLS is good enough where it need not be verified.
  if (options_.mode == MysqlTls::kRequire && mysql_get_ssl_cipher(connection) == nullptr) {
    disconnect();
    return fail(ErrorKind::kUnavailable, "the server offers no TLS, and sslmode is require");
  }
  // The time limit was for connecting; a query's is kept by interrupt().
  for (const enum_pvio_timeout kind : {PVIO_READ_TIMEOUT, PVIO_WRITE_TIMEOUT}) {
    connection->net.pvio->methods->set_timeout(connection->net.pvio, kind, 0);
  }
  {
    const std::lock_guard lock(mutex_);
    socket_ = mysql_get_socket(connection);
  }
  // A statement that commits implicitly ends the transaction before it runs, and what then holds is the session's.
  // Servers that only resemble MySQL may lack it.
  if (Result<void> set = run("SET SESSION TRANSACTION READ ONLY"); !set && !connected()) return set;
  return {};
}

void MysqlReader::disconnect() {
  {
    const std::lock_guard lock(mutex_);
    if (socket_ >= 0) ::shutdown(socket_, SHUT_RDWR);  // the library would wait for the rest of an answer
    socket_ = -1;
  }
  connection_.reset();
}

void MysqlReader::interrupt() {
  const std::lock_guard lock(mutex_);
  if (socket_ >= 0) ::shutdown(socket_, SHUT_RDWR);
}

Result<SqlRows> MysqlReader::transact(const std::string& sql, Time end) {
  Result<void> begun = limit_statements(end);
  if (begun) begun = run("START TRANSACTION READ ONLY");
  if (!begun) {
    disconnect();
    return std::unexpected(std::move(begun.error()));
  }
  Result<SqlRows> rows = fetch(sql);
  if (connected() && !run("ROLLBACK")) disconnect();
  return rows;
}

// The server gives up first, so that the connection stays good.
Result<void> MysqlReader::limit_statements(Time end) {
  const long limit = std::max(1L, static_cast<long>(left(end).count()) * 9 / 10);
  const std::string statement =
      mariadb_connection(connection_.get()) != 0
          ? fmt::format("SET SESSION max_statement_time = {}.{:03}", limit / 1000, limit % 1000)
          : fmt::format("SET SESSION max_execution_time = {}", limit);
  Result<void> set = run(statement);
  // Servers that only resemble MySQL may lack it.
  if (!set && connected() && mysql_errno(connection_.get()) == ER_UNKNOWN_SYSTEM_VARIABLE) return {};
  return set;
}

Result<void> MysqlReader::run(const std::string& sql) {
  if (mysql_real_query(connection_.get(), sql.data(), sql.size()) != 0) return failure();
  return {};
}

Result<SqlRows> MysqlReader::fetch(const std::string& sql) {
  if (Result<void> sent = run(sql); !sent) return std::unexpected(std::move(sent.error()));
  SqlRows rows;
  bool too_many = false;
  if (const AnswerOwner answer(mysql_use_result(connection_.get())); answer != nullptr) {
    read_columns(answer.get(), rows);
    too_many = !read_rows(answer.get(), rows);
    if (too_many) interrupt();  // freeing the answer would read all the rest
  } else if (mysql_field_count(connection_.get()) == 0) {
    return rows;  // no SELECT
  }
  if (too_many) {
    disconnect();
    return too_many_rows();
  }
  if (mysql_errno(connection_.get()) != 0) return failure();
  // Of a CALL, which answers more than once.
  while (mysql_next_result(connection_.get()) == 0) mysql_free_result(mysql_use_result(connection_.get()));
  return rows;
}

std::unexpected<Error> MysqlReader::failure() {
  const unsigned code = mysql_errno(connection_.get());
  Error error = mysql_failure(code, mysql_sqlstate(connection_.get()), ::mysql_error(connection_.get()));
  if (ends_mysql_connection(code)) disconnect();
  return std::unexpected(std::move(error));
}

}  // namespace fas::metrics
