// A kept connection to Postgres on the event loop, by libpq's non-blocking interface.
#pragma once

#include <libpq-fe.h>

#include <boost/asio/io_context.hpp>
#include <memory>
#include <optional>
#include <string>

#include "metrics/pem_file.h"
#include "metrics/postgres_options.h"
#include "metrics/sql_source.h"
#include "net/turns.h"

namespace fas::metrics {

// A query runs in a read-only transaction of its own, with a statement_timeout a little before the deadline.
class PostgresSession final : public SqlSession {
 public:
  PostgresSession(const SourceContext& context, PostgresOptions options);

  boost::asio::awaitable<Result<SqlRows>> query(std::string sql, Deadline deadline) override;

 private:
  struct Finish {
    void operator()(PGconn* connection) const { PQfinish(connection); }
  };
  struct Clear {
    void operator()(PGresult* result) const { PQclear(result); }
  };
  using Connection = std::unique_ptr<PGconn, Finish>;
  using Answer = std::unique_ptr<PGresult, Clear>;
  template <class T>
  using Awaitable = boost::asio::awaitable<T>;

  Awaitable<Result<void>> connect(Deadline deadline);
  Awaitable<Result<void>> connect_any(Deadline deadline);
  Awaitable<Result<void>> connect_host(PostgresHost host, Deadline deadline);
  Awaitable<Result<void>> connect_to(PostgresHost host, std::string address, Deadline deadline);
  Awaitable<Result<SqlRows>> transact(std::string sql, Deadline deadline);
  Awaitable<Result<void>> command(std::string sql, Deadline deadline);
  Awaitable<Result<SqlRows>> fetch(std::string sql, Deadline deadline);
  Awaitable<Result<Answer>> next_answer(Deadline deadline);
  Awaitable<Result<void>> flush(Deadline deadline);
  Result<void> load_tls();
  bool lost() const { return connection_ == nullptr || PQstatus(connection_.get()) != CONNECTION_OK; }
  Error connection_error() const;

  boost::asio::io_context& loop_;
  Clock& clock_;
  PostgresOptions options_;
  PemFile ca_, cert_, key_;
  net::Turns turns_;
  Connection connection_;
  bool in_use_ = false;  // a query has begun on the connection and not ended in order
  // Who waited while a connection could not be made takes this for an answer, rather than all trying one by one.
  std::optional<Error> failure_;
  TimePoint failed_at_;
};

}  // namespace fas::metrics
