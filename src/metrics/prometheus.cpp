#include "metrics/prometheus.h"

#include <fmt/format.h>

#include <chrono>
#include <utility>

#include "metrics/address.h"
#include "metrics/http_call.h"
#include "metrics/prometheus_api.h"
#include "metrics/prometheus_reply.h"
#include "metrics/reading.h"

namespace fas::metrics {
namespace {

namespace asio = boost::asio;

// A message that users and scripts of the Go fly-autoscaler know.
constexpr std::string_view kEmptyResult = "empty prometheus result";

// collect() is three steps, request, send and read, so that equal requests of one tick can later share the middle one.
class PrometheusSource final : public Source {
 public:
  PrometheusSource(const SourceContext& context, const Settings& settings)
      : clock_(&context.clock), http_(&context.http), options_(common_options(settings)), api_(settings) {}

  asio::awaitable<Result<Sample>> collect(Query query, Deadline deadline) override {
    const double now = std::chrono::duration<double>(clock_->wall_now().time_since_epoch()).count();
    std::string time = fmt::format("time={:.3f}", now);
    net::HttpRequest request = api_.request("/api/v1/query", query.app, time);
    Result<net::HttpResponse> response = co_await http_->send(std::move(request), deadline);
    if (!response) {
      co_return fail_with("prometheus", as_read_error(std::move(response.error()), clock_->now(), deadline));
    }
    co_return read(*response);
  }

 private:
  Result<Sample> read(const net::HttpResponse& response) {
    if (auto good = api_.check(response, parser_); !good) return std::unexpected(std::move(good.error()));
    Result<Reading> reading = parser_.parse(response.body, options_.series);
    if (!reading) return std::unexpected(api_.shown(std::move(reading.error())));
    return to_sample(std::move(*reading), options_, clock_->wall_now(), kEmptyResult);
  }

  Clock* clock_;
  net::HttpTransport* http_;
  CommonOptions options_;
  PrometheusApi api_;
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
