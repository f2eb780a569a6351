// One connection to Postgres on the event loop, by libpq's non-blocking interface.
#pragma once

#include <libpq-fe.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "metrics/pem_file.h"
#include "metrics/postgres_options.h"

namespace fas::metrics {

// Adds the rows of an answer: each cell as the bytes that the server sent, nullopt for NULL.
void append_rows(const PGresult* answer, std::vector<std::vector<std::optional<std::string>>>& rows);

// On the loop's thread, by one coroutine at a time.
class PostgresConnection {
 public:
  struct Clear {
    void operator()(PGresult* result) const { PQclear(result); }
  };
  using Answer = std::unique_ptr<PGresult, Clear>;

  PostgresConnection(boost::asio::io_context& loop, Clock& clock, PostgresOptions options)
      : loop_(loop), clock_(clock), options_(std::move(options)) {}

  // A new connection to the first host that takes one; each has its share of the time. Whatever was there is closed.
  boost::asio::awaitable<Result<void>> connect(Deadline deadline);

  bool lost() const { return connection_ == nullptr || PQstatus(connection_.get()) != CONNECTION_OK; }
  PGconn* get() const { return connection_.get(); }
  void close() { connection_.reset(); }

  // Of what has been sent: all of it out, and the next part of the answer; null when there is no more.
  boost::asio::awaitable<Result<void>> flush(Deadline deadline);
  boost::asio::awaitable<Result<Answer>> next_answer(Deadline deadline);

  // What libpq says of its last failure.
  Error error() const;

 private:
  struct Finish {
    void operator()(PGconn* connection) const { PQfinish(connection); }
  };

  boost::asio::awaitable<Result<void>> connect_any(Deadline deadline);
  boost::asio::awaitable<Result<void>> connect_host(PostgresHost host, Deadline deadline);
  boost::asio::awaitable<Result<void>> connect_to(PostgresHost host, std::string address, Deadline deadline);
  Result<void> load_tls();

  boost::asio::io_context& loop_;
  Clock& clock_;
  PostgresOptions options_;
  PemFile ca_, cert_, key_;
  std::unique_ptr<PGconn, Finish> connection_;
};

}  // namespace fas::metrics
