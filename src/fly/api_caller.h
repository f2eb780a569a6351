// One call to an API of Fly's: held to the rate limit, tried again where that is safe, its failure typed and named.
// What MachinesClient and GraphqlClient have in common.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"
#include "net/http.h"
#include "net/rate_limiter.h"
#include "net/retry.h"

namespace fas::fly {

// Told of every HTTP exchange, repeated ones included. `status` is 0 where no reply came.
using ApiObserver = std::function<void(std::string_view call, int status, std::chrono::nanoseconds latency)>;

struct ClientOptions {
  std::string base_url;  // a trailing slash does not matter
  std::string token;     // any form that the FLY_API_TOKEN variable may have
  std::string user_agent = "fly-autoscaler";
  ApiObserver observer = {};
  // Null: of its own. Sharing one keeps the limits over a reload of the configuration.
  std::shared_ptr<net::RateLimiter> limiter = nullptr;
  std::shared_ptr<const net::TlsSettings> tls = nullptr;
  net::RetryPolicy retry = {};
  net::Jitter jitter = net::random_jitter();
};

struct ApiCall {
  std::string_view name;     // for the observer: "list"
  std::string subject;       // what errors begin with: "app worker: list machines"
  net::HttpRequest request;  // without `Authorization`
  net::Effect effect = net::Effect::kRead;
  std::string limit_key;
  net::RateLimit limit = {};
  // Of one attempt of a read, so that a connection that went dead leaves time for another; changes and waits get all.
  std::chrono::nanoseconds attempt_timeout = std::chrono::hours(24);
};

// The error that a reply of status >= 400 means. For a change, 408 and 5xx are kUnknownOutcome.
Error error_of_reply(const net::HttpResponse& reply, net::Effect effect, WallTime now);

class ApiCaller {
 public:
  ApiCaller(net::HttpTransport& http, Clock& clock, const ClientOptions& options, std::string authorization);

  // A reply of status 2xx, or the error, its message beginning with the call's subject.
  boost::asio::awaitable<Result<net::HttpResponse>> perform(ApiCall call, Deadline deadline);

  Clock& clock() const { return clock_; }

 private:
  boost::asio::awaitable<Result<net::HttpResponse>> attempt(const ApiCall& call, Deadline deadline);

  net::HttpTransport& http_;
  Clock& clock_;
  std::string authorization_;
  std::string user_agent_;
  ApiObserver observer_;
  std::shared_ptr<net::RateLimiter> limiter_;
  std::shared_ptr<const net::TlsSettings> tls_;
  net::RetryPolicy retry_;
  net::Jitter jitter_;
};

}  // namespace fas::fly
