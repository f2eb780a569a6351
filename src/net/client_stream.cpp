#include "net/client_stream.h"

#include <fmt/format.h>
#include <openssl/ssl.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <utility>

#include "net/event.h"
#include "net/tls_context.h"

namespace fas::net {
namespace {

namespace asio = boost::asio;
namespace ssl = boost::asio::ssl;
using asio::ip::tcp;
using boost::system::error_code;

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);

std::unexpected<Error> io_error(std::string_view what, const error_code& error) {
  if (error == asio::error::operation_aborted) return fail(ErrorKind::kCancelled, fmt::format("{}: cancelled", what));
  return fail(ErrorKind::kUnavailable, fmt::format("{}: {}", what, error.message()));
}

bool is_address(const std::string& host) {
  error_code error;
  asio::ip::make_address(host, error);
  return !error;
}

// A look-up under way cannot be ended, so it keeps what it needs and may outlive who asked.
struct Lookup {
  explicit Lookup(const asio::any_io_executor& executor) : resolver(executor), done(executor) {}
  tcp::resolver resolver;
  Event done;
  error_code error = asio::error::operation_aborted;
  tcp::resolver::results_type endpoints;
};

asio::awaitable<Result<tcp::resolver::results_type>> resolve(std::string host, std::string port) {
  const auto executor = co_await asio::this_coro::executor;
  const auto lookup = std::make_shared<Lookup>(executor);
  lookup->resolver.async_resolve(host, port, tcp::resolver::numeric_service,
                                 [lookup](const error_code& error, tcp::resolver::results_type endpoints) {
                                   lookup->error = error;
                                   lookup->endpoints = std::move(endpoints);
                                   lookup->done.notify();
                                 });
  co_await lookup->done.wait();
  if (lookup->error) co_return io_error("cannot find the host", lookup->error);
  co_return lookup->endpoints;
}

}  // namespace

ClientStream::ClientStream(const asio::any_io_executor& executor, std::shared_ptr<ssl::context> context)
    : socket_(executor), context_(std::move(context)) {
  if (context_ != nullptr) tls_.emplace(socket_, *context_);
}

asio::awaitable<Result<std::unique_ptr<ClientStream>>> ClientStream::connect(StreamTarget target) {
  std::shared_ptr<ssl::context> context;
  const TlsSettings settings = target.tls != nullptr ? *target.tls : TlsSettings{};
  if (target.use_tls) {
    Result<std::shared_ptr<ssl::context>> made = make_client_context(settings);
    if (!made) co_return std::unexpected(std::move(made.error()));
    context = std::move(*made);
  }
  const auto executor = co_await asio::this_coro::executor;
  std::unique_ptr<ClientStream> stream(new ClientStream(executor, std::move(context)));
  std::string port = std::to_string(target.port);
  Result<tcp::resolver::results_type> endpoints = co_await resolve(target.host, std::move(port));
  if (!endpoints) co_return std::unexpected(std::move(endpoints.error()));
  auto [error, endpoint] = co_await asio::async_connect(stream->socket_, *endpoints, kAwait);
  if (error) co_return io_error("cannot connect", error);
  error_code ignored;
  stream->socket_.set_option(tcp::no_delay(true), ignored);
  stream->socket_.set_option(asio::socket_base::keep_alive(true), ignored);
  if (target.use_tls) {
    std::string name = settings.server_name.empty() ? target.host : settings.server_name;
    Result<void> secured = co_await stream->handshake(std::move(name));
    if (!secured) co_return std::unexpected(std::move(secured.error()));
  }
  co_return stream;
}

asio::awaitable<Result<void>> ClientStream::handshake(std::string name) {
  if (!is_address(name)) SSL_set_tlsext_host_name(tls_->native_handle(), name.c_str());
  error_code ignored;
  tls_->set_verify_callback(ssl::host_name_verification(name), ignored);
  auto [error] = co_await tls_->async_handshake(ssl::stream_base::client, kAwait);
  if (!error) co_return Result<void>{};
  if (const long verified = SSL_get_verify_result(tls_->native_handle()); verified != X509_V_OK) {
    co_return fail(ErrorKind::kUnavailable,
                   fmt::format("the server's certificate is not accepted for {}: {}; see tls.ca and tls.server-name",
                               name, X509_verify_cert_error_string(verified)));
  }
  co_return io_error("TLS handshake failed", error);
}

asio::awaitable<Result<void>> ClientStream::write(const std::string& bytes) {
  error_code failed;
  if (tls_) {
    auto [error, size] = co_await asio::async_write(*tls_, asio::buffer(bytes), kAwait);
    failed = error;
  } else {
    auto [error, size] = co_await asio::async_write(socket_, asio::buffer(bytes), kAwait);
    failed = error;
  }
  if (failed) co_return io_error("cannot send", failed);
  co_return Result<void>{};
}

asio::awaitable<Result<std::size_t>> ClientStream::read_some(char* into, std::size_t size) {
  const asio::mutable_buffer buffer(into, size);
  error_code failed;
  std::size_t count = 0;
  if (tls_) {
    auto [error, got] = co_await tls_->async_read_some(buffer, kAwait);
    failed = error;
    count = got;
  } else {
    auto [error, got] = co_await socket_.async_read_some(buffer, kAwait);
    failed = error;
    count = got;
  }
  if (!failed) co_return count;
  if (failed == asio::error::eof || failed == ssl::error::stream_truncated) {
    co_return fail(ErrorKind::kUnavailable, "the server closed the connection");
  }
  co_return io_error("cannot receive", failed);
}

}  // namespace fas::net
