#include "coordination/postgres_link.h"

#include <fmt/format.h>

#include <atomic>
#include <memory>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "coordination/postgres_failure.h"
#include "metrics/postgres_error.h"

namespace fas::coordination {
namespace {

namespace asio = boost::asio;
using metrics::PostgresConnection;

constexpr int kMostRepeats = 5;

metrics::PostgresOptions prepared(metrics::PostgresOptions options) {
  auto& parameters = options.parameters;
  parameters.insert_or_assign("target_session_attrs", "read-write");
  // A connection whose other end is gone without a word is noticed while a lease still lives.
  parameters.try_emplace("tcp_user_timeout", "5000");
  parameters.try_emplace("keepalives_idle", "5");
  parameters.try_emplace("keepalives_interval", "2");
  parameters.try_emplace("keepalives_count", "2");
  return options;
}

// libpq can only block while it asks the server to call a statement off, so a thread of its own does that. There are
// few of them, however long a server that hangs keeps them; where there is none to be had, the closed connection must
// do.
void call_off(PGconn* connection) {
  using Cancel = std::unique_ptr<PGcancel, void (*)(PGcancel*)>;
  constexpr int kMostThreads = 4;
  static std::atomic<int> threads = 0;
  Cancel cancel(PQgetCancel(connection), &PQfreeCancel);
  if (cancel == nullptr || threads >= kMostThreads) return;
  ++threads;
  try {
    std::thread([cancel = std::move(cancel)] {
      char message[256];
      PQcancel(cancel.get(), message, sizeof message);
      --threads;
    }).detach();
  } catch (const std::system_error&) {
    --threads;
  }
}

// However the statement's coroutine ends.
class InFlight {
 public:
  explicit InFlight(PostgresConnection& connection) : connection_(&connection) {}
  InFlight(const InFlight&) = delete;
  InFlight& operator=(const InFlight&) = delete;
  ~InFlight() {
    if (connection_ == nullptr) return;
    if (!connection_->lost() && PQtransactionStatus(connection_->get()) == PQTRANS_ACTIVE) call_off(connection_->get());
    connection_->close();
  }
  void landed() { connection_ = nullptr; }

 private:
  PostgresConnection* connection_;
};

std::string text_or_empty(const char* text) { return text == nullptr ? "" : text; }

int send_statement(PGconn* connection, const PostgresStatement& statement) {
  std::vector<Oid> types;
  std::vector<const char*> values;
  std::vector<int> lengths;
  for (const PostgresParameter& parameter : statement.parameters) {
    types.push_back(parameter.type);
    values.push_back(parameter.value.data());
    lengths.push_back(static_cast<int>(parameter.value.size()));
  }
  const std::vector<int> formats(types.size(), 1);
  return PQsendQueryParams(connection, statement.sql.c_str(), static_cast<int>(types.size()), types.data(),
                           values.data(), lengths.data(), formats.data(), 1);
}

}  // namespace

PostgresLink::PostgresLink(asio::io_context& loop, Clock& clock, metrics::PostgresOptions options)
    : clock_(clock),
      name_(metrics::printable(options)),
      turns_(loop, clock),
      connection_(loop, clock, prepared(std::move(options))) {}

asio::awaitable<PostgresReply> PostgresLink::run(PostgresStatement statement, Deadline deadline) {
  PostgresReply reply = co_await run(std::move(statement), Repeat::kYes, deadline);
  co_return reply;
}

asio::awaitable<PostgresReply> PostgresLink::run_once(PostgresStatement statement, Deadline deadline) {
  PostgresReply reply = co_await run(std::move(statement), Repeat::kNo, deadline);
  co_return reply;
}

asio::awaitable<PostgresReply> PostgresLink::run(PostgresStatement statement, Repeat repeat, Deadline deadline) {
  const std::optional<net::Turns::Turn> turn = co_await turns_.take(deadline);
  if (!turn) {
    const Error late = fail(ErrorKind::kTimeout, "the deadline passed while other calls used the connection").error();
    co_return std::unexpected(failure(late));
  }
  bool kept = !connection_.lost();
  for (int repeats = 0;; ++repeats) {
    if (connection_.lost()) {
      const Result<void> connected = co_await connection_.connect(deadline);
      if (!connected) co_return std::unexpected(failure(connect_failure(connected.error())));
    }
    PostgresReply reply = co_await send(statement, deadline);
    if (reply || repeats == kMostRepeats || clock_.now() >= deadline) co_return reply;
    const bool was_lost = connection_.lost();
    const bool again = is_undone(reply.error().state) || (was_lost && kept && repeat == Repeat::kYes);
    if (!again) co_return reply;
    if (was_lost) kept = false;
  }
}

asio::awaitable<PostgresReply> PostgresLink::send(const PostgresStatement& statement, Deadline deadline) {
  InFlight in_flight(connection_);
  if (send_statement(connection_.get(), statement) == 0) {
    const Error error = connection_.error();
    co_return std::unexpected(no_answer(error));
  }
  const Result<void> sent = co_await connection_.flush(deadline);
  if (!sent) co_return std::unexpected(no_answer(sent.error()));
  PostgresReply reply = co_await receive(deadline);
  const bool in_order = !connection_.lost() && PQtransactionStatus(connection_.get()) == PQTRANS_IDLE;
  // A server that takes no changes any more is no longer the one to talk to.
  if (in_order && (reply || !is_read_only(reply.error().state))) in_flight.landed();
  co_return reply;
}

// To the very end: the commit comes after the rows, and may fail.
asio::awaitable<PostgresReply> PostgresLink::receive(Deadline deadline) {
  PostgresRows rows;
  std::optional<PostgresFailure> refused;
  for (;;) {
    const Result<PostgresConnection::Answer> answer = co_await connection_.next_answer(deadline);
    if (!answer) {
      if (refused) co_return std::unexpected(std::move(*refused));
      co_return std::unexpected(no_answer(answer.error()));
    }
    const PGresult* const result = answer->get();
    if (result == nullptr) break;
    const ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) {
      metrics::append_rows(result, rows);
      continue;
    }
    std::string state = text_or_empty(PQresultErrorField(result, PG_DIAG_SQLSTATE));
    if (state.empty()) {  // libpq's own: the connection broke
      const Error error = connection_.error();
      co_return std::unexpected(no_answer(error));
    }
    Error error = statement_failure(state, text_or_empty(PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY)));
    refused = failure(std::move(error), std::move(state));
  }
  if (refused) co_return std::unexpected(std::move(*refused));
  co_return rows;
}

PostgresFailure PostgresLink::failure(Error error, std::string state) const {
  error.message = fmt::format("postgres {}: {}", name_, error.message);
  return {.error = std::move(error), .state = std::move(state)};
}

PostgresFailure PostgresLink::no_answer(Error error) const {
  error.kind = ErrorKind::kUnknownOutcome;
  return failure(std::move(error));
}

}  // namespace fas::coordination
