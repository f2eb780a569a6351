#include "metrics/postgres_session.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include "metrics/postgres_error.h"
#include "net/resolve.h"
#include "net/wait_socket.h"

namespace fas::metrics {
namespace {

namespace asio = boost::asio;

// Object identifiers of Postgres' built-in types (pg_type.dat); they never change.
SqlType type_of(Oid oid) {
  switch (oid) {
    case 20:  // int8
    case 21:  // int2
    case 23:  // int4
    case 26:  // oid
    case 700:
    case 701:
    case 1700: return SqlType::kNumber;  // float4, float8, numeric
    case 16: return SqlType::kBoolean;
    case 1186: return SqlType::kInterval;
    case 1082:                         // date
    case 1083:                         // time
    case 1114:                         // timestamp
    case 1184:                         // timestamptz
    case 1266: return SqlType::kTime;  // timetz
    default: return SqlType::kText;
  }
}

void read_columns(const PGresult* answer, SqlRows& rows) {
  rows.columns.clear();
  for (int i = 0; i < PQnfields(answer); ++i) {
    rows.columns.push_back({.name = PQfname(answer, i), .type = type_of(PQftype(answer, i))});
  }
}

void read_rows(const PGresult* answer, SqlRows& rows) {
  for (int row = 0; row < PQntuples(answer); ++row) {
    SqlRow& cells = rows.rows.emplace_back();
    for (int i = 0; i < PQnfields(answer); ++i) {
      if (PQgetisnull(answer, row, i) != 0) {
        cells.emplace_back(std::nullopt);
      } else {
        cells.emplace_back(std::in_place, PQgetvalue(answer, row, i),
                           static_cast<std::size_t>(PQgetlength(answer, row, i)));
      }
    }
  }
}

std::string_view text_or_empty(const char* text) { return text == nullptr ? "" : text; }

std::unexpected<Error> late(std::string_view doing) {
  return fail(ErrorKind::kTimeout, fmt::format("the deadline passed while {}", doing));
}

void ignore_notice(void* /*self*/, const char* /*message*/) {}

}  // namespace

PostgresSession::PostgresSession(const SourceContext& context, PostgresOptions options)
    : loop_(context.loop), clock_(context.clock), options_(std::move(options)), turns_(context.loop, context.clock) {}

asio::awaitable<Result<SqlRows>> PostgresSession::query(std::string sql, Deadline deadline) {
  const TimePoint arrival = clock_.now();
  const std::optional<net::Turns::Turn> turn = co_await turns_.take(deadline);
  if (!turn) co_return late("other queries used the connection");
  if (failure_ && failed_at_ > arrival) co_return std::unexpected(*failure_);
  if (in_use_) connection_.reset();
  const bool kept = !lost();
  if (!kept) {
    const Result<void> connected = co_await connect(deadline);
    if (!connected) co_return std::unexpected(connected.error());
  }
  Result<SqlRows> rows = co_await transact(sql, deadline);
  if (rows || !kept || !lost() || rows.error().kind == ErrorKind::kTimeout) co_return rows;
  const Result<void> connected = co_await connect(deadline);
  if (!connected) co_return std::unexpected(connected.error());
  rows = co_await transact(std::move(sql), deadline);
  co_return rows;
}

asio::awaitable<Result<void>> PostgresSession::connect(Deadline deadline) {
  Result<void> connected = co_await connect_any(deadline);
  failure_.reset();
  if (!connected) {
    connection_.reset();
    failure_ = connected.error();
    failed_at_ = clock_.now();
  }
  co_return connected;
}

asio::awaitable<Result<void>> PostgresSession::connect_any(Deadline deadline) {
  Result<void> result = load_tls();
  if (!result) co_return result;
  for (std::size_t i = 0; i < options_.hosts.size(); ++i) {
    // A host that keeps silent takes its share of the time only.
    const auto share = (deadline - clock_.now()) / static_cast<long>(options_.hosts.size() - i);
    PostgresHost host = options_.hosts[i];
    result = co_await connect_host(std::move(host), clock_.now() + share);
    if (result || result.error().kind == ErrorKind::kUnauthorized) break;
  }
  co_return result;
}

asio::awaitable<Result<void>> PostgresSession::connect_host(PostgresHost host, Deadline deadline) {
  if (host.is_socket()) {
    Result<void> result = co_await connect_to(std::move(host), std::string(), deadline);
    co_return result;
  }
  const Result<std::vector<std::string>> addresses = co_await net::resolve(loop_, clock_, host.name, deadline);
  if (!addresses) co_return std::unexpected(addresses.error());
  Result<void> result;
  for (std::size_t i = 0; i < addresses->size(); ++i) {
    const auto share = (deadline - clock_.now()) / static_cast<long>(addresses->size() - i);
    std::string address = (*addresses)[i];
    result = co_await connect_to(host, std::move(address), clock_.now() + share);
    if (result || result.error().kind == ErrorKind::kUnauthorized) break;
  }
  co_return result;
}

asio::awaitable<Result<void>> PostgresSession::connect_to(PostgresHost host, std::string address, Deadline deadline) {
  std::map<std::string, std::string> parameters = options_.parameters;
  const bool other_name = options_.tls != nullptr && !options_.tls->server_name.empty();
  parameters["host"] = other_name && !address.empty() ? options_.tls->server_name : host.name;
  parameters["port"] = host.port;
  if (!address.empty()) parameters["hostaddr"] = address;
  std::vector<const char*> names;
  std::vector<const char*> values;
  for (const auto& [name, value] : parameters) {
    names.push_back(name.c_str());
    values.push_back(value.c_str());
  }
  names.push_back(nullptr);
  values.push_back(nullptr);

  in_use_ = false;
  connection_.reset(PQconnectStartParams(names.data(), values.data(), 0));
  if (connection_ == nullptr || PQstatus(connection_.get()) == CONNECTION_BAD) {
    co_return std::unexpected(connection_error());
  }
  PQsetNoticeProcessor(connection_.get(), &ignore_notice, nullptr);
  for (PostgresPollingStatusType state = PGRES_POLLING_WRITING; state != PGRES_POLLING_OK;) {
    if (state == PGRES_POLLING_FAILED) co_return std::unexpected(connection_error());
    const net::Readiness what = state == PGRES_POLLING_READING ? net::Readiness::kRead : net::Readiness::kWrite;
    const Result<void> ready = co_await net::wait_socket(loop_, clock_, PQsocket(connection_.get()), what, deadline);
    if (!ready) co_return std::unexpected(ready.error());
    state = PQconnectPoll(connection_.get());
  }
  PQsetnonblocking(connection_.get(), 1);
  co_return Result<void>{};
}

asio::awaitable<Result<SqlRows>> PostgresSession::transact(std::string sql, Deadline deadline) {
  using std::chrono::milliseconds;
  const auto left = std::chrono::duration_cast<milliseconds>(deadline - clock_.now());
  if (left.count() <= 0) co_return late("connecting");
  in_use_ = true;
  // The server gives up first, so that the connection stays good.
  std::string begin =
      fmt::format("BEGIN READ ONLY; SET LOCAL statement_timeout = {}; SET LOCAL intervalstyle = 'iso_8601'",
                  std::max<long>(1, static_cast<long>(left.count()) * 9 / 10));
  const Result<void> begun = co_await command(std::move(begin), deadline);
  if (!begun) {  // nothing of the query's own: the connection is at fault
    connection_.reset();
    co_return std::unexpected(begun.error());
  }
  Result<SqlRows> rows = co_await fetch(std::move(sql), deadline);
  // The answer has not ended, and nobody wants the rest.
  if (!lost() && PQtransactionStatus(connection_.get()) == PQTRANS_ACTIVE) connection_.reset();
  if (lost()) co_return rows;
  std::string end = "ROLLBACK";
  const Result<void> ended = co_await command(std::move(end), deadline);
  if (ended) in_use_ = false;
  co_return rows;
}

asio::awaitable<Result<void>> PostgresSession::command(std::string sql, Deadline deadline) {
  if (PQsendQuery(connection_.get(), sql.c_str()) == 0) co_return std::unexpected(connection_error());
  Result<void> result = co_await flush(deadline);
  if (!result) co_return result;
  for (;;) {
    const Result<Answer> answer = co_await next_answer(deadline);
    if (!answer) co_return std::unexpected(answer.error());
    if (*answer == nullptr) co_return result;
    if (PQresultStatus(answer->get()) == PGRES_FATAL_ERROR && result) {
      result = std::unexpected(
          postgres_statement_error(text_or_empty(PQresultErrorField(answer->get(), PG_DIAG_SQLSTATE)),
                                   text_or_empty(PQresultErrorField(answer->get(), PG_DIAG_MESSAGE_PRIMARY))));
    }
  }
}

// By the extended protocol, which takes one statement only: none can end the read-only transaction and go on.
asio::awaitable<Result<SqlRows>> PostgresSession::fetch(std::string sql, Deadline deadline) {
  SqlRows rows;
  PGconn* const connection = connection_.get();
  if (PQsendQueryParams(connection, sql.c_str(), 0, nullptr, nullptr, nullptr, nullptr, 0) == 0) {
    co_return std::unexpected(connection_error());
  }
  PQsetSingleRowMode(connection);
  const Result<void> sent = co_await flush(deadline);
  if (!sent) co_return std::unexpected(sent.error());
  std::optional<Error> failure;
  for (;;) {
    const Result<Answer> answer = co_await next_answer(deadline);
    if (!answer) co_return std::unexpected(answer.error());
    const PGresult* const result = answer->get();
    if (result == nullptr) break;
    const ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_FATAL_ERROR) {
      const char* const primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
      failure = postgres_statement_error(text_or_empty(PQresultErrorField(result, PG_DIAG_SQLSTATE)),
                                         primary == nullptr ? PQresultErrorMessage(result) : primary);
    } else if (status == PGRES_COPY_OUT || status == PGRES_COPY_IN || status == PGRES_COPY_BOTH) {
      co_return fail(ErrorKind::kInvalid, "the query is a COPY; write a SELECT");
    }
    if (rows.columns.empty()) read_columns(result, rows);
    read_rows(result, rows);
    if (rows.rows.size() > kMaxSqlRows) co_return too_many_rows();
  }
  if (failure) co_return std::unexpected(std::move(*failure));
  co_return rows;
}

asio::awaitable<Result<PostgresSession::Answer>> PostgresSession::next_answer(Deadline deadline) {
  while (PQisBusy(connection_.get()) != 0) {
    const Result<void> ready =
        co_await net::wait_socket(loop_, clock_, PQsocket(connection_.get()), net::Readiness::kRead, deadline);
    if (!ready) co_return std::unexpected(ready.error());
    if (PQconsumeInput(connection_.get()) == 0) co_return std::unexpected(connection_error());
  }
  co_return Answer(PQgetResult(connection_.get()));
}

asio::awaitable<Result<void>> PostgresSession::flush(Deadline deadline) {
  for (;;) {
    const int left = PQflush(connection_.get());
    if (left < 0) co_return std::unexpected(connection_error());
    if (left == 0) co_return Result<void>{};
    const Result<void> ready =
        co_await net::wait_socket(loop_, clock_, PQsocket(connection_.get()), net::Readiness::kWrite, deadline);
    if (!ready) co_return std::unexpected(ready.error());
  }
}

Result<void> PostgresSession::load_tls() {
  auto& parameters = options_.parameters;
  if (options_.tls != nullptr && ca_.path().empty() && cert_.path().empty()) {
    const net::TlsSettings& tls = *options_.tls;
    const std::string& key = tls.key.empty() ? tls.cert : tls.key;
    const std::pair<PemFile*, const std::string*> all[] = {{&ca_, &tls.ca}, {&cert_, &tls.cert}, {&key_, &key}};
    for (const auto& [file, material] : all) {
      Result<PemFile> made = PemFile::make(*material);
      if (!made) return std::unexpected(std::move(made.error()));
      *file = std::move(*made);
    }
    if (!tls.insecure_skip_verify && !tls.ca.empty()) parameters["sslrootcert"] = ca_.path();
    if (!tls.cert.empty()) parameters["sslcert"] = cert_.path();
    if (!tls.cert.empty()) parameters["sslkey"] = key_.path();
  }
  // libpq knows no system's authorities before version 16.
  if (parameters["sslmode"].starts_with("verify")) parameters.try_emplace("sslrootcert", system_authorities());
  return {};
}

Error PostgresSession::connection_error() const {
  const std::string_view text = connection_ == nullptr ? "out of memory" : PQerrorMessage(connection_.get());
  return postgres_connect_error(text);
}

}  // namespace fas::metrics
