// A TCP server for tests of HTTP clients: it reads requests, answers them with whatever bytes the test wants, and can
// misbehave: reset, hang, drip, close in the middle. It counts what it saw. Loopback only, on the test's own loop.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace fas::test {

struct RawRequest {
  std::string line;    // "GET /path HTTP/1.1"
  std::string head;    // with the line
  std::string body;    // by Content-Length
  int connection = 0;  // from 1, in the order of accepting

  // The value of a header by its name in any case; empty when absent.
  std::string header(std::string_view name) const;
};

struct RawReply {
  enum class Then { kKeep, kClose, kReset, kHang };
  std::string bytes;
  Then then = Then::kKeep;
  bool drip = false;  // one byte at a time, 1 ms apart
};

// A complete HTTP/1.1 reply. `headers` are whole lines, each ended by \r\n.
RawReply http_reply(int status, std::string_view body, std::string_view headers = "");

class RawServer {
 public:
  using Script = std::function<RawReply(const RawRequest& request)>;
  enum class OnAccept { kServe, kReset, kIgnore };  // kIgnore never reads: a TLS handshake hangs

  RawServer(boost::asio::io_context& loop, Script script, boost::asio::ssl::context* tls = nullptr);
  ~RawServer();

  std::uint16_t port() const;
  std::string url(std::string_view path = "/") const;  // http:// or https:// on 127.0.0.1
  void set_on_accept(OnAccept what);

  int connections() const;
  const std::vector<RawRequest>& requests() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace fas::test
