// Requests to Prometheus' query API, by the settings of a collector of type `prometheus`.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "metrics/expand.h"
#include "metrics/http_call.h"
#include "metrics/prometheus_reply.h"
#include "metrics/registry.h"
#include "net/http.h"

namespace fas::metrics {

class PrometheusApi {
 public:
  explicit PrometheusApi(const Settings& settings);

  // The settings' query for `app`, to "/api/v1/query" or "/api/v1/query_range"; `parameters` as in "time=1.5".
  net::HttpRequest request(std::string_view path, std::string_view app, std::string_view parameters) const;

  // Errors of a reply whose status is not 2xx, in the server's words where it has some.
  Result<void> check(const net::HttpResponse& response, PrometheusReplyParser& parser) const;

  // An error about a reply, with the server's name in front and without credentials.
  Error shown(Error error) const;

 private:
  enum class Method { kAuto, kGet, kPost };

  HttpAuth auth_;
  std::shared_ptr<const net::TlsSettings> tls_;
  std::string address_;
  std::string server_;  // for messages
  Template query_;
  Method method_;
  std::string lookback_;  // more parameters, each behind an ampersand
  std::vector<net::Header> headers_;
};

}  // namespace fas::metrics
