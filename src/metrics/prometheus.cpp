#include "metrics/prometheus.h"

#include "metrics/address.h"
#include "metrics/http_call.h"

namespace fas::metrics {
namespace {

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
  };
}

}  // namespace fas::metrics
