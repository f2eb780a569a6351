#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>

#include "metrics/address.h"
#include "metrics/http.h"
#include "metrics/http_call.h"
#include "metrics/json_value.h"

namespace fas::metrics {
namespace {

Result<void> invalid(std::string_view message) { return fail(ErrorKind::kInvalid, std::string(message)); }

Result<void> validate_prometheus_fields(const Settings& settings) {
  if (settings.text("metric").empty()) return invalid("http metric required with format prometheus");
  if (settings.has("value")) return invalid("http value is for JSON; with format prometheus use metric and labels");
  if (settings.has("aggregate") && settings.flag("series")) {
    return invalid("http aggregate makes one number of many; use either aggregate or series");
  }
  return {};
}

Result<void> validate_other_fields(const Settings& settings) {
  for (const std::string_view key : {"metric", "labels", "aggregate"}) {
    if (settings.has(key)) return invalid(fmt::format("http {} needs format prometheus", key));
  }
  if (settings.flag("series")) return invalid("http series needs format prometheus");
  if (settings.has("max-age")) {
    return invalid("http max-age needs format prometheus, which alone can say when a value was measured");
  }
  return {};
}

Result<void> validate_json_pointer(const Settings& settings) {
  if (!settings.has("value")) {
    return invalid("http value required with format json: a JSON pointer such as /data/depth");
  }
  auto tokens = parse_json_pointer(settings.text("value"));
  if (!tokens) return fail_with("http value", std::move(tokens.error()));
  return {};
}

Result<void> validate_http(const Settings& settings) {
  if (auto url = check_http_url("http url", settings.text("url")); !url) return url;
  if (auto auth = validate_http_auth(settings); !auth) return auth;
  const HttpFormat format = http_format(settings);
  if (format == HttpFormat::kPrometheus) return validate_prometheus_fields(settings);
  if (auto fields = validate_other_fields(settings); !fields) return fields;
  if (format == HttpFormat::kJson) return validate_json_pointer(settings);
  if (settings.has("value")) return invalid("http value needs format json");
  return {};
}

}  // namespace

HttpFormat http_format(const Settings& settings) {
  const std::string format = settings.text("format");
  if (format == "prometheus" || (format.empty() && settings.has("metric"))) return HttpFormat::kPrometheus;
  if (format == "json" || (format.empty() && settings.has("value"))) return HttpFormat::kJson;
  return HttpFormat::kText;
}

SourceKind http_kind() {
  return {
      .type = "http",
      .doc = "A number out of any HTTP endpoint: JSON, plain text, or a page of metrics in the Prometheus format.",
      .fields =
          {{.key = "url",
            .required = true,
            .expands_app_name = true,
            .env = "HTTP_URL",
            .doc = "What to ask; $APP_NAME is the app that is scaled."},
           {.key = "method", .doc = "HTTP method; default GET.", .choices = {"GET", "POST", "PUT"}},
           {.key = "headers", .kind = FieldKind::kTextMap, .expands_app_name = true, .doc = "Request headers."},
           {.key = "body", .expands_app_name = true, .doc = "Request body, sent as it is."},
           {.key = "token",
            .kind = FieldKind::kSecret,
            .env = "HTTP_TOKEN",
            .doc = "Sent as a bearer token, or as it is when it begins with \"Fly\"."},
           {.key = "user", .doc = "User name of HTTP basic authentication."},
           {.key = "password", .kind = FieldKind::kSecret, .doc = "Password of HTTP basic authentication."},
           {.key = "format",
            .doc =
                "How to read the reply; default: json with `value`, prometheus with `metric`, else text, whose whole "
                "body is the number.",
            .choices = {"json", "text", "prometheus"}},
           {.key = "value",
            .expands_app_name = true,
            .env = "HTTP_VALUE",
            .doc = "JSON pointer (RFC 6901) to the number, as in /data/queues/0/depth."},
           {.key = "metric", .env = "HTTP_METRIC", .doc = "Name of the metric on the page, as in queue_depth."},
           {.key = "labels",
            .kind = FieldKind::kTextMap,
            .expands_app_name = true,
            .doc = "Only series with these label values count; an empty text means that the label is absent."},
           {.key = "aggregate",
            .doc = "How several series become one number; default sum.",
            .choices = {"sum", "max", "min", "avg", "count"}}},
      .validate = validate_http,
      .make = make_http,
  };
}

}  // namespace fas::metrics
