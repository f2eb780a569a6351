// A kept connection to Postgres on the event loop, by libpq's non-blocking interface.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <optional>
#include <string>
#include <vector>

#include "metrics/postgres_connection.h"
#include "metrics/postgres_options.h"
#include "metrics/sql_source.h"
#include "net/turns.h"

namespace fas::metrics {

// A query runs in a read-only transaction of its own, with a statement_timeout a little before the deadline.
class PostgresSession final : public SqlSession {
 public:
  PostgresSession(const SourceContext& context, PostgresOptions options);

  boost::asio::awaitable<Result<SqlRows>> query(std::string sql, Deadline deadline) override;

  // In place of queries: makes a connection anew, and listens on a channel. One caller at a time.
  boost::asio::awaitable<Result<void>> listen(std::string channel, Deadline deadline);
  // After listen(): waits for notifications, and returns their payloads; none when there were none by the deadline and
  // the server says that it is still there. An error: the connection is lost.
  boost::asio::awaitable<Result<std::vector<std::string>>> notifications(Deadline deadline);

 private:
  template <class T>
  using Awaitable = boost::asio::awaitable<T>;

  Awaitable<Result<void>> connect(Deadline deadline);
  Awaitable<Result<SqlRows>> transact(std::string sql, Deadline deadline);
  Awaitable<Result<void>> command(std::string sql, Deadline deadline);
  Awaitable<Result<SqlRows>> fetch(std::string sql, Deadline deadline);

  boost::asio::io_context& loop_;
  Clock& clock_;
  net::Turns turns_;
  PostgresConnection connection_;
  bool in_use_ = false;  // a query has begun on the connection and not ended in order
  // Who waited while a connection could not be made takes this for an answer, rather than all trying one by one.
  std::optional<Error> failure_;
  TimePoint failed_at_;
};

}  // namespace fas::metrics
