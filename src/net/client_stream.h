// A TCP connection to a server, plain or with TLS, for the protocols that no library speaks for us.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/error.h"
#include "net/http.h"

namespace fas::net {

struct StreamTarget {
  std::string host;  // a name or an address, IPv6 without brackets
  std::uint16_t port = 0;
  bool use_tls = false;
  std::shared_ptr<const TlsSettings> tls;  // null: the defaults
};

// On one loop's thread. No operation has a deadline of its own (see net/deadline.h); cancelling one ends it at once
// with kCancelled, after which the stream is of no further use. Messages name the cause, not the server: the caller
// does.
class ClientStream {
 public:
  // Tries every address of the host. Errors: kUnavailable (no such host, refused, the handshake failed), kInvalid (TLS
  // settings that cannot be used), kCancelled.
  static boost::asio::awaitable<Result<std::unique_ptr<ClientStream>>> connect(StreamTarget target);

  // The bytes must live until it returns.
  boost::asio::awaitable<Result<void>> write(const std::string& bytes);

  // At least one byte, and at most `size`. The end of the stream is an error.
  boost::asio::awaitable<Result<std::size_t>> read_some(char* into, std::size_t size);

 private:
  ClientStream(const boost::asio::any_io_executor& executor, std::shared_ptr<boost::asio::ssl::context> context);
  boost::asio::awaitable<Result<void>> handshake(std::string name);

  boost::asio::ip::tcp::socket socket_;
  std::shared_ptr<boost::asio::ssl::context> context_;
  std::optional<boost::asio::ssl::stream<boost::asio::ip::tcp::socket&>> tls_;
};

}  // namespace fas::net
