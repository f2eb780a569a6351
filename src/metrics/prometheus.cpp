#include "metrics/prometheus.h"

#include <fmt/format.h>

#include <cstddef>
#include <utility>

#include "metrics/address.h"
#include "metrics/expand.h"
#include "metrics/http_call.h"
#include "metrics/prometheus_reply.h"
#include "metrics/reading.h"
#include "net/url.h"

namespace fas::metrics {
namespace {

namespace asio = boost::asio;

// Proxies and servers commonly refuse URLs beyond 8 KiB; the address and other parameters need room, too.
constexpr std::size_t kLongestGetQuery = 4096;

// A message that users and scripts of the Go fly-autoscaler know.
constexpr std::string_view kEmptyResult = "empty prometheus result";

enum class Method { kAuto, kGet, kPost };

Method method_of(const Settings& settings) {
  const std::string method = settings.text("method");
  if (method == "GET") return Method::kGet;
  return method == "POST" ? Method::kPost : Method::kAuto;
}

// Servers take a maximal age only as how far an instant query looks back for a series' last sample; the sample itself
// then carries the query's time. Prometheus (2.43 on) and Thanos know the first name, VictoriaMetrics the second; each
// ignores the other.
std::string lookback_parameters(const CommonOptions& options) {
  if (!options.max_age) return {};
  const double seconds = std::chrono::duration<double>(*options.max_age).count();
  return fmt::format("&lookback_delta={0:.3f}&max_lookback={0:.3f}", seconds);
}

// collect() is three steps, request, send and read, so that equal requests of one tick can later share the middle one.
class PrometheusSource final : public Source {
 public:
  PrometheusSource(const SourceContext& context, const Settings& settings)
      : clock_(&context.clock),
        http_(&context.http),
        auth_(settings),
        options_(common_options(settings)),
        url_(append_path(settings.text("address"), "/api/v1/query")),
        server_("prometheus at " + net::printable_url(settings.text("address"))),
        query_(settings.text("query")),
        method_(method_of(settings)),
        lookback_(lookback_parameters(options_)) {
    for (auto& header : settings.map("headers")) headers_.push_back(header);
  }

  asio::awaitable<Result<Sample>> collect(Query query, Deadline deadline) override {
    net::HttpRequest request = make_request(query.app);
    Result<net::HttpResponse> response = co_await http_->send(std::move(request), deadline);
    if (!response) {
      co_return fail_with("prometheus", as_read_error(std::move(response.error()), clock_->now(), deadline));
    }
    co_return read(*response);
  }

 private:
  net::HttpRequest make_request(std::string_view app) const {
    const std::string query = net::percent_encode(query_.expand(app));
    const double now = std::chrono::duration<double>(clock_->wall_now().time_since_epoch()).count();
    std::string parameters = fmt::format("query={}&time={:.3f}{}", query, now, lookback_);
    net::HttpRequest request;
    request.headers = headers_;
    request.headers.emplace_back("Accept", "application/json");
    request.tls = options_.tls;
    auth_.apply(request);
    const bool long_query = query.size() > kLongestGetQuery;
    if (method_ == Method::kPost || (method_ == Method::kAuto && long_query)) {
      request.method = "POST";
      request.url = url_;
      request.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
      request.body = std::move(parameters);
    } else {
      request.url = append_query(url_, parameters);
    }
    return request;
  }

  Result<Sample> read(const net::HttpResponse& response) {
    if (response.status < 200 || response.status > 299) {
      const std::string cause = parser_.error_text(response.body);
      const std::string shown = auth_.scrub(cause.empty() ? response.body : cause);
      return std::unexpected(status_error(response, server_, cause.empty() ? excerpt(shown) : one_line(shown)));
    }
    Result<Reading> reading = parser_.parse(response.body, options_.series);
    if (!reading) {
      Error error = std::move(reading.error());
      error.message = auth_.scrub(std::move(error.message));
      return fail_with(server_, std::move(error));
    }
    return to_sample(std::move(*reading), options_, clock_->wall_now(), kEmptyResult);
  }

  Clock* clock_;
  net::HttpTransport* http_;
  HttpAuth auth_;
  CommonOptions options_;
  std::string url_;
  std::string server_;  // for messages
  Template query_;
  Method method_;
  std::string lookback_;  // more parameters, each behind an ampersand
  std::vector<net::Header> headers_;
  PrometheusReplyParser parser_;
};

Result<std::unique_ptr<Source>> make_prometheus(const SourceContext& context, const Settings& settings) {
  return std::make_unique<PrometheusSource>(context, settings);
}

Result<void> validate_prometheus(const Settings& settings) {
  auto url = check_http_url("prometheus address", settings.text("address"));
  if (!url) return url;
  return validate_http_auth(settings);
}

}  // namespace

SourceKind prometheus_kind() {
  return {
      .type = "prometheus",
      .doc = "An instant query to Prometheus or a server with its HTTP API: VictoriaMetrics, Mimir, Thanos, Fly's own.",
      .fields = {{.key = "address",
                  .required = true,
                  .env = "PROMETHEUS_ADDRESS",
                  .doc = "URL of the server, without /api/v1/query; a path in front of that is kept."},
                 {.key = "query",
                  .required = true,
                  .expands_app_name = true,
                  .env = "PROMETHEUS_QUERY",
                  .doc = "PromQL text that yields a scalar or an instant vector; $APP_NAME is the app that is scaled."},
                 {.key = "token",
                  .kind = FieldKind::kSecret,
                  .env = "PROMETHEUS_TOKEN",
                  .doc = "Sent as a bearer token, or as it is when it begins with \"Fly\"."},
                 {.key = "user", .doc = "User name of HTTP basic authentication."},
                 {.key = "password", .kind = FieldKind::kSecret, .doc = "Password of HTTP basic authentication."},
                 {.key = "headers",
                  .kind = FieldKind::kTextMap,
                  .doc = "More request headers, such as X-Scope-OrgID for a tenant of Mimir or Cortex."},
                 {.key = "method",
                  .doc = "How the query is sent; default: GET, and POST for queries too long for a URL.",
                  .choices = {"GET", "POST"}}},
      .validate = validate_prometheus,
      .make = make_prometheus,
  };
}

}  // namespace fas::metrics
