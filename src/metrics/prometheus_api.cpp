#include "metrics/prometheus_api.h"

#include <fmt/format.h>

#include <chrono>
#include <cstddef>
#include <utility>

#include "metrics/address.h"
#include "metrics/reading.h"
#include "net/url.h"

namespace fas::metrics {
namespace {

// Proxies and servers commonly refuse URLs beyond 8 KiB; the address and other parameters need room, too.
constexpr std::size_t kLongestGetQuery = 4096;

// Servers take a maximal age only as how far an instant query looks back for a series' last sample; the sample itself
// then carries the query's time. Prometheus (2.43 on) and Thanos know the first name, VictoriaMetrics the second; each
// ignores the other.
std::string lookback_parameters(const CommonOptions& options) {
  if (!options.max_age) return {};
  const double seconds = std::chrono::duration<double>(*options.max_age).count();
  return fmt::format("&lookback_delta={0:.3f}&max_lookback={0:.3f}", seconds);
}

}  // namespace

PrometheusApi::PrometheusApi(const Settings& settings)
    : auth_(settings),
      address_(settings.text("address")),
      server_("prometheus at " + net::printable_url(address_)),
      query_(settings.text("query")),
      method_(settings.text("method") == "GET"    ? Method::kGet
              : settings.text("method") == "POST" ? Method::kPost
                                                  : Method::kAuto) {
  const CommonOptions options = common_options(settings);
  tls_ = options.tls;
  lookback_ = lookback_parameters(options);
  for (auto& header : settings.map("headers")) headers_.push_back(header);
}

net::HttpRequest PrometheusApi::request(std::string_view path, std::string_view app,
                                        std::string_view parameters) const {
  const std::string query = net::percent_encode(query_.expand(app));
  std::string all = fmt::format("query={}&{}{}", query, parameters, lookback_);
  net::HttpRequest request;
  request.headers = headers_;
  request.headers.emplace_back("Accept", "application/json");
  request.tls = tls_;
  auth_.apply(request);
  const std::string url = append_path(address_, path);
  const bool long_query = query.size() > kLongestGetQuery;
  if (method_ == Method::kPost || (method_ == Method::kAuto && long_query)) {
    request.method = "POST";
    request.url = url;
    request.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
    request.body = std::move(all);
  } else {
    request.url = append_query(url, all);
  }
  return request;
}

Result<void> PrometheusApi::check(const net::HttpResponse& response, PrometheusReplyParser& parser) const {
  if (response.status >= 200 && response.status <= 299) return {};
  const std::string cause = parser.error_text(response.body);
  const std::string text = auth_.scrub(cause.empty() ? response.body : cause);
  return std::unexpected(status_error(response, server_, cause.empty() ? excerpt(text) : one_line(text)));
}

Error PrometheusApi::shown(Error error) const {
  error.message = server_ + ": " + auth_.scrub(std::move(error.message));
  return error;
}

}  // namespace fas::metrics
