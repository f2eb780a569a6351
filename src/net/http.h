// What an HTTP call is to the rest of the program. HttpTransport is the I/O edge: CurlTransport is the real one.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/error.h"

namespace fas::net {

// Each of ca, cert and key is PEM text or a path to a file; empty means the system's authorities, or no client
// certificate.
struct TlsSettings {
  std::string ca;
  std::string cert;
  std::string key;
  std::string server_name;  // what the certificate is checked against; empty: the URL's host
  bool insecure_skip_verify = false;
};

using Header = std::pair<std::string, std::string>;

struct HttpRequest {
  std::string method = "GET";
  std::string url;  // http:// or https://
  std::vector<Header> headers;
  std::string body;
  std::string basic_auth;                       // "user:password"; never logged
  std::shared_ptr<const TlsSettings> tls;       // null: the defaults
  std::size_t max_response_bytes = 64U << 20U;  // a longer reply is an error kMalformed, and is not read on
};

struct HttpResponse {
  int status = 0;
  std::vector<Header> headers;  // names in lower case
  std::string body;             // has at least 64 bytes of spare capacity behind it, for padded parsers

  // The value of the first header of that (lower-case) name, else empty.
  std::string_view header(std::string_view name) const;
};

// One call. A reply of any status is a value. Errors:
//   kUnavailable     nothing of the request can have been acted on (resolve, connect or TLS failed)
//   kUnknownOutcome  the request was, or may have been, sent and no whole reply came (reset, deadline, truncated)
//   kTimeout         the deadline passed before the request was sent
//   kInvalid         the URL or the TLS material is unusable
// Error messages name method, scheme, host, port and path, never the query, user info, headers or body.
// The deadline ends the call, whatever it is waiting for; so does cancelling the coroutine (operation_aborted).
// Called on the loop's thread only; any number of calls may be under way.
class HttpTransport {
 public:
  HttpTransport() = default;
  HttpTransport(const HttpTransport&) = delete;
  HttpTransport& operator=(const HttpTransport&) = delete;
  virtual ~HttpTransport() = default;

  virtual boost::asio::awaitable<Result<HttpResponse>> send(HttpRequest request, Deadline deadline) = 0;
};

}  // namespace fas::net
