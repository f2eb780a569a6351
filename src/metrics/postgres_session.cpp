#include "metrics/postgres_session.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "metrics/postgres_error.h"
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

std::string_view text_or_empty(const char* text) { return text == nullptr ? "" : text; }

std::unexpected<Error> late(std::string_view doing) {
  return fail(ErrorKind::kTimeout, fmt::format("the deadline passed while {}", doing));
}

}  // namespace

PostgresSession::PostgresSession(const SourceContext& context, PostgresOptions options)
    : loop_(context.loop),
      clock_(context.clock),
      turns_(context.loop, context.clock),
      connection_(context.loop, context.clock, std::move(options)) {}

asio::awaitable<Result<SqlRows>> PostgresSession::query(std::string sql, Deadline deadline) {
  const TimePoint arrival = clock_.now();
  const std::optional<net::Turns::Turn> turn = co_await turns_.take(deadline);
  if (!turn) co_return late("other queries used the connection");
  if (failure_ && failed_at_ > arrival) co_return std::unexpected(*failure_);
  if (in_use_) connection_.close();
  const bool kept = !connection_.lost();
  if (!kept) {
    const Result<void> connected = co_await connect(deadline);
    if (!connected) co_return std::unexpected(connected.error());
  }
  Result<SqlRows> rows = co_await transact(sql, deadline);
  if (rows || !kept || !connection_.lost() || rows.error().kind == ErrorKind::kTimeout) co_return rows;
  const Result<void> connected = co_await connect(deadline);
  if (!connected) co_return std::unexpected(connected.error());
  rows = co_await transact(std::move(sql), deadline);
  co_return rows;
}

asio::awaitable<Result<void>> PostgresSession::listen(std::string channel, Deadline deadline) {
  Result<void> result = co_await connect(deadline);
  if (!result) co_return result;
  using Text = std::unique_ptr<char, void (*)(void*)>;
  const Text quoted(PQescapeIdentifier(connection_.get(), channel.c_str(), channel.size()), &PQfreemem);
  if (quoted == nullptr) co_return std::unexpected(connection_.error());
  std::string sql = fmt::format("LISTEN {}", quoted.get());
  result = co_await command(std::move(sql), deadline);
  co_return result;
}

asio::awaitable<Result<std::vector<std::string>>> PostgresSession::notifications(Deadline deadline) {
  using Notification = std::unique_ptr<PGnotify, void (*)(void*)>;
  constexpr std::chrono::seconds kPatience{10};
  PGconn* const connection = connection_.get();
  std::vector<std::string> payloads;
  for (;;) {
    if (PQconsumeInput(connection) == 0) co_return std::unexpected(connection_.error());
    while (const Notification notification{PQnotifies(connection), &PQfreemem}) {
      payloads.emplace_back(notification->extra);
    }
    if (!payloads.empty()) co_return payloads;
    const Result<void> ready =
        co_await net::wait_socket(loop_, clock_, PQsocket(connection), net::Readiness::kRead, deadline);
    if (!ready && ready.error().kind != ErrorKind::kTimeout) co_return std::unexpected(ready.error());
    if (!ready) break;
  }
  std::string sql = "SELECT 1";
  const Result<void> alive = co_await command(std::move(sql), clock_.now() + kPatience);
  if (!alive) co_return std::unexpected(alive.error());
  co_return payloads;  // what came with that answer, the next call finds
}

asio::awaitable<Result<void>> PostgresSession::connect(Deadline deadline) {
  Result<void> connected = co_await connection_.connect(deadline);
  in_use_ = false;
  failure_.reset();
  if (!connected) {
    failure_ = connected.error();
    failed_at_ = clock_.now();
  }
  co_return connected;
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
    connection_.close();
    co_return std::unexpected(begun.error());
  }
  Result<SqlRows> rows = co_await fetch(std::move(sql), deadline);
  // The answer has not ended, and nobody wants the rest.
  if (!connection_.lost() && PQtransactionStatus(connection_.get()) == PQTRANS_ACTIVE) connection_.close();
  if (connection_.lost()) co_return rows;
  std::string end = "ROLLBACK";
  const Result<void> ended = co_await command(std::move(end), deadline);
  if (ended) in_use_ = false;
  co_return rows;
}

asio::awaitable<Result<void>> PostgresSession::command(std::string sql, Deadline deadline) {
  if (PQsendQuery(connection_.get(), sql.c_str()) == 0) co_return std::unexpected(connection_.error());
  Result<void> result = co_await connection_.flush(deadline);
  if (!result) co_return result;
  for (;;) {
    const Result<PostgresConnection::Answer> answer = co_await connection_.next_answer(deadline);
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
    co_return std::unexpected(connection_.error());
  }
  PQsetSingleRowMode(connection);
  const Result<void> sent = co_await connection_.flush(deadline);
  if (!sent) co_return std::unexpected(sent.error());
  std::optional<Error> failure;
  for (;;) {
    const Result<PostgresConnection::Answer> answer = co_await connection_.next_answer(deadline);
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
    append_rows(result, rows.rows);
    if (rows.rows.size() > kMaxSqlRows) co_return too_many_rows();
  }
  if (failure) co_return std::unexpected(std::move(*failure));
  co_return rows;
}

}  // namespace fas::metrics
