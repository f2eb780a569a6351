// HttpTransport over libcurl's multi interface, driven by the event loop: one connection pool with keep-alive, HTTP/2
// where the server offers it, TLS, compression, and proxies from the environment (http_proxy, https_proxy, all_proxy,
// no_proxy; as in Go, never for a loopback host).
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <memory>

#include "base/clock.h"
#include "net/http.h"

namespace fas::net {

struct CurlOptions {
  // Name resolution, TCP, proxy and TLS together; a nearer deadline goes first.
  std::chrono::milliseconds connect_timeout{10'000};
  // A connection that was idle for longer is not used again. Short of what load balancers wait before they close one,
  // because a request that meets a closing connection has an unknown outcome.
  std::chrono::seconds max_idle{30};
  // Further calls to the same host wait for their turn (within their deadline). HTTP/2 takes one connection a host.
  long max_connections_per_host = 128;
  bool http2 = true;
};

class CurlDriver;

// A request is handed to the network once: libcurl's own repetition on a connection that died is allowed for GET and
// HEAD alone; any other method then ends with kUnknownOutcome. Redirects are not followed: a 3xx is a reply.
// SSL_CERT_FILE, where it is set, replaces the system's authorities. Answers are decompressed; max_response_bytes
// counts what comes out.
class CurlTransport final : public HttpTransport {
 public:
  CurlTransport(boost::asio::io_context& loop, Clock& clock, CurlOptions options = {});
  // Calls still under way end with kCancelled.
  ~CurlTransport() override;

  boost::asio::awaitable<Result<HttpResponse>> send(HttpRequest request, Deadline deadline) override;

 private:
  Clock& clock_;
  CurlOptions options_;
  std::shared_ptr<CurlDriver> driver_;
};

}  // namespace fas::net
