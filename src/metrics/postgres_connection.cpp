#include "metrics/postgres_connection.h"

#include <map>
#include <utility>
#include <vector>

#include "metrics/postgres_error.h"
#include "net/resolve.h"
#include "net/wait_socket.h"

namespace fas::metrics {
namespace {

namespace asio = boost::asio;

void ignore_notice(void* /*self*/, const char* /*message*/) {}

}  // namespace

void append_rows(const PGresult* answer, std::vector<std::vector<std::optional<std::string>>>& rows) {
  for (int row = 0; row < PQntuples(answer); ++row) {
    auto& cells = rows.emplace_back();
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

asio::awaitable<Result<void>> PostgresConnection::connect(Deadline deadline) {
  Result<void> connected = co_await connect_any(deadline);
  if (!connected) close();
  co_return connected;
}

asio::awaitable<Result<void>> PostgresConnection::connect_any(Deadline deadline) {
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

asio::awaitable<Result<void>> PostgresConnection::connect_host(PostgresHost host, Deadline deadline) {
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

asio::awaitable<Result<void>> PostgresConnection::connect_to(PostgresHost host, std::string address,
                                                             Deadline deadline) {
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

  connection_.reset(PQconnectStartParams(names.data(), values.data(), 0));
  if (connection_ == nullptr || PQstatus(connection_.get()) == CONNECTION_BAD) {
    co_return std::unexpected(error());
  }
  PQsetNoticeProcessor(connection_.get(), &ignore_notice, nullptr);
  for (PostgresPollingStatusType state = PGRES_POLLING_WRITING; state != PGRES_POLLING_OK;) {
    if (state == PGRES_POLLING_FAILED) co_return std::unexpected(error());
    const net::Readiness what = state == PGRES_POLLING_READING ? net::Readiness::kRead : net::Readiness::kWrite;
    const Result<void> ready = co_await net::wait_socket(loop_, clock_, PQsocket(connection_.get()), what, deadline);
    if (!ready) co_return std::unexpected(ready.error());
    state = PQconnectPoll(connection_.get());
  }
  PQsetnonblocking(connection_.get(), 1);
  co_return Result<void>{};
}

asio::awaitable<Result<PostgresConnection::Answer>> PostgresConnection::next_answer(Deadline deadline) {
  while (PQisBusy(connection_.get()) != 0) {
    const Result<void> ready =
        co_await net::wait_socket(loop_, clock_, PQsocket(connection_.get()), net::Readiness::kRead, deadline);
    if (!ready) co_return std::unexpected(ready.error());
    if (PQconsumeInput(connection_.get()) == 0) co_return std::unexpected(error());
  }
  co_return Answer(PQgetResult(connection_.get()));
}

asio::awaitable<Result<void>> PostgresConnection::flush(Deadline deadline) {
  for (;;) {
    const int left = PQflush(connection_.get());
    if (left < 0) co_return std::unexpected(error());
    if (left == 0) co_return Result<void>{};
    const Result<void> ready =
        co_await net::wait_socket(loop_, clock_, PQsocket(connection_.get()), net::Readiness::kWrite, deadline);
    if (!ready) co_return std::unexpected(ready.error());
  }
}

Result<void> PostgresConnection::load_tls() {
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

Error PostgresConnection::error() const {
  const std::string_view text = connection_ == nullptr ? "out of memory" : PQerrorMessage(connection_.get());
  return postgres_connect_error(text);
}

}  // namespace fas::metrics
