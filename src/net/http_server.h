// A small HTTP/1.1 server on the event loop, for /metrics, health, the JSON API and the simulator: keep-alive and
// pipelining by Beast, limits on header and body size, idle and read time-outs, a bound on open connections.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"

namespace fas::net {

struct ServerRequest {
  std::string_view method;  // upper case
  std::string_view path;    // percent-decoded by segment is the handler's affair: as sent, without the query
  std::string_view query;   // behind the `?`, as sent
  std::string_view body;
  std::function<std::string_view(std::string_view)> header;  // by name, any case; empty when absent
};

// A body that has no end yet, such as a stream of events.
class ResponseStream {
 public:
  ResponseStream() = default;
  ResponseStream(const ResponseStream&) = delete;
  ResponseStream& operator=(const ResponseStream&) = delete;
  virtual ~ResponseStream() = default;
  // Returns when the bytes have been taken over; false: the client is gone, or has not read for read_timeout.
  virtual boost::asio::awaitable<bool> write(std::string bytes) = 0;
};

struct ServerResponse {
  int status = 200;
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  // In place of `body`. It runs until it returns, or is cancelled because the client or the server ends; then the
  // connection is closed.
  std::function<boost::asio::awaitable<void>(ResponseStream&)> stream;
  bool drop_connection = false;  // close without a reply: the simulator's "lost reply"
};

// The request's views live until the returned awaitable has completed. An exception is answered with 500.
using Handler = std::function<boost::asio::awaitable<ServerResponse>(const ServerRequest&)>;
// Optional fast path: fills `response` and returns true when no waiting is needed; else the Handler runs.
using FastHandler = std::function<bool(const ServerRequest&, ServerResponse&)>;

struct ServerOptions {
  std::string listen = "127.0.0.1:0";  // "host:port", ":port" for all interfaces (IPv6 and IPv4), "[::1]:0"
  std::size_t max_connections = 1024;
  std::size_t max_header_bytes = 16U << 10U;
  std::size_t max_body_bytes = 8U << 20U;
  // Of a path whose bodies may be of another size; asked when a request's header has come. Empty: there is none.
  std::function<std::size_t(std::string_view path)> body_bound;
  std::chrono::milliseconds idle_timeout{60'000};
  std::chrono::milliseconds read_timeout{10'000};  // from a request's first byte to its last
};

// Lives on one io_context's thread. Destroying or stop()ping it closes the listener and all connections.
class HttpServer {
 public:
  // Errors: kInvalid for an unusable address, kUnavailable when it cannot be bound ("listen :9090: address in use").
  static Result<std::unique_ptr<HttpServer>> start(boost::asio::io_context& loop, ServerOptions options,
                                                   Handler handler, FastHandler fast = {});
  virtual ~HttpServer() = default;
  virtual std::uint16_t port() const = 0;
  virtual void stop() = 0;
};

}  // namespace fas::net
