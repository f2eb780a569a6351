// An HttpTransport that answers from a function and remembers what it was asked.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "net/http.h"

namespace fas::test {

class FakeTransport final : public net::HttpTransport {
 public:
  using Script = std::function<Result<net::HttpResponse>(const net::HttpRequest& request)>;

  explicit FakeTransport(Script script) : script_(std::move(script)) {}

  boost::asio::awaitable<Result<net::HttpResponse>> send(net::HttpRequest request, Deadline /*deadline*/) override {
    requests_.push_back(std::move(request));
    Result<net::HttpResponse> reply = script_(requests_.back());
    co_return reply;
  }

  const std::vector<net::HttpRequest>& requests() const { return requests_; }

 private:
  Script script_;
  std::vector<net::HttpRequest> requests_;
};

inline net::HttpResponse reply(int status, std::string body, std::vector<net::Header> headers = {}) {
  return {.status = status, .headers = std::move(headers), .body = std::move(body)};
}

// The same reply to everything.
inline FakeTransport::Script always(int status, std::string body, std::vector<net::Header> headers = {}) {
  return [response = reply(status, std::move(body), std::move(headers))](
             const net::HttpRequest& /*request*/) -> Result<net::HttpResponse> { return response; };
}

}  // namespace fas::test
