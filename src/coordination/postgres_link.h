// Statements on a kept connection to Postgres.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <expected>
#include <string>

#include "base/clock.h"
#include "coordination/postgres_statement.h"
#include "metrics/postgres_connection.h"
#include "net/turns.h"

namespace fas::coordination {

struct PostgresFailure {
  Error error;        // as Engine's; the server's address in front
  std::string state;  // SQLSTATE; empty: it does not come of a statement
};

using PostgresReply = std::expected<PostgresRows, PostgresFailure>;

// One statement at a time, each committed on its own. One that is given up (its deadline, or its coroutine's end) is
// called off at the server, and the connection with it: so an answer that nobody waits for never meets the next
// statement, and what waits for a lock in vain does not pile up there. On the loop's thread; outlives its calls.
class PostgresLink {
 public:
  PostgresLink(boost::asio::io_context& loop, Clock& clock, metrics::PostgresOptions options);

  // Repeated where the server has undone it to end a deadlock or the like, and when a kept connection turns out to be
  // lost: the statement must bear being done twice.
  boost::asio::awaitable<PostgresReply> run(PostgresStatement statement, Deadline deadline);

  // Sent once on each connection that takes it: after an unknown outcome it is not repeated.
  boost::asio::awaitable<PostgresReply> run_once(PostgresStatement statement, Deadline deadline);

 private:
  enum class Repeat { kNo, kYes };

  boost::asio::awaitable<PostgresReply> run(PostgresStatement statement, Repeat repeat, Deadline deadline);
  boost::asio::awaitable<PostgresReply> send(const PostgresStatement& statement, Deadline deadline);
  boost::asio::awaitable<PostgresReply> receive(Deadline deadline);
  PostgresFailure failure(Error error, std::string state = {}) const;
  PostgresFailure no_answer(Error error) const;

  Clock& clock_;
  const std::string name_;  // for messages
  net::Turns turns_;
  metrics::PostgresConnection connection_;
};

}  // namespace fas::coordination
