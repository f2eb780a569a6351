#include "metrics/http.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/number_text.h"
#include "base/text.h"
#include "metrics/address.h"
#include "metrics/aggregate.h"
#include "metrics/expand.h"
#include "metrics/exposition.h"
#include "metrics/http_call.h"
#include "metrics/json_value.h"
#include "metrics/reading.h"
#include "net/url.h"

namespace fas::metrics {
namespace {

namespace asio = boost::asio;

enum class Format { kJson, kText, kPrometheus };

// The explicit format, else what the other fields imply.
Format format_of(const Settings& settings) {
  const std::string format = settings.text("format");
  if (format == "prometheus" || (format.empty() && settings.has("metric"))) return Format::kPrometheus;
  if (format == "json" || (format.empty() && settings.has("value"))) return Format::kJson;
  return Format::kText;
}

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
  const Format format = format_of(settings);
  if (format == Format::kPrometheus) return validate_prometheus_fields(settings);
  if (auto fields = validate_other_fields(settings); !fields) return fields;
  if (format == Format::kJson) return validate_json_pointer(settings);
  if (settings.has("value")) return invalid("http value needs format json");
  return {};
}

// A map whose values are templates.
class TemplateMap {
 public:
  explicit TemplateMap(const std::map<std::string, std::string>& texts) {
    for (const auto& [name, text] : texts) templates_.emplace_back(name, Template(text));
  }

  std::vector<std::pair<std::string, std::string>> expand(std::string_view app) const {
    std::vector<std::pair<std::string, std::string>> result;
    result.reserve(templates_.size() + 2);
    for (const auto& [name, text] : templates_) result.emplace_back(name, text.expand(app));
    return result;
  }

 private:
  std::vector<std::pair<std::string, Template>> templates_;
};

std::string_view accepted_type(Format format) {
  switch (format) {
    case Format::kJson: return "application/json";
    case Format::kPrometheus: return "text/plain;version=0.0.4";
    case Format::kText: break;
  }
  return "text/plain, */*;q=0.5";
}

// As in prometheus.cpp, collect() is request, send and read, so that equal requests can later share the middle one.
class HttpSource final : public Source {
 public:
  HttpSource(const SourceContext& context, const Settings& settings)
      : clock_(&context.clock),
        http_(&context.http),
        auth_(settings),
        options_(common_options(settings)),
        format_(format_of(settings)),
        aggregate_(parse_aggregate(settings.text("aggregate", "sum"))),
        url_(settings.text("url")),
        method_(settings.text("method", "GET")),
        headers_(settings.map("headers")),
        body_(settings.text("body")),
        value_(settings.text("value")),
        metric_(settings.text("metric")),
        labels_(settings.map("labels")) {}

  asio::awaitable<Result<Sample>> collect(Query query, Deadline deadline) override {
    net::HttpRequest request = make_request(query.app);
    const std::string server = net::printable_url(request.url);
    Result<net::HttpResponse> response = co_await http_->send(std::move(request), deadline);
    if (!response) co_return fail_with(server, as_read_error(std::move(response.error()), clock_->now(), deadline));
    Result<Sample> sample = read(*response, query.app, server);
    co_return sample;
  }

 private:
  net::HttpRequest make_request(std::string_view app) const {
    net::HttpRequest request;
    request.method = method_;
    request.url = url_.expand(app);
    request.headers = headers_.expand(app);
    if (std::ranges::none_of(request.headers, is_accept))
      request.headers.emplace_back("Accept", accepted_type(format_));
    request.body = body_.expand(app);
    request.tls = options_.tls;
    auth_.apply(request);
    return request;
  }

  static bool is_accept(const net::Header& header) { return to_lower_ascii(header.first) == "accept"; }

  Result<Sample> read(const net::HttpResponse& response, std::string_view app, const std::string& server) const {
    if (response.status < 200 || response.status > 299) {
      return std::unexpected(status_error(response, server, excerpt(auth_.scrub(response.body))));
    }
    std::string empty_message;
    Result<Reading> reading = read_body(response.body, app, empty_message);
    Result<Sample> sample = std::unexpected(Error{});
    if (reading) {
      sample = to_sample(std::move(*reading), options_, clock_->wall_now(), empty_message);
    } else {
      sample = std::unexpected(std::move(reading.error()));
    }
    if (sample) return sample;
    sample.error().message = auth_.scrub(std::move(sample.error().message));
    return fail_with(server, std::move(sample.error()));
  }

  // `empty_message` becomes what to say when nothing is there.
  Result<Reading> read_body(std::string_view body, std::string_view app, std::string& empty_message) const {
    switch (format_) {
      case Format::kJson: return read_json(body, app, empty_message);
      case Format::kPrometheus: return read_page(body, app, empty_message);
      case Format::kText: break;
    }
    empty_message = "an empty reply";
    return read_text(body);
  }

  static Reading one(std::optional<double> value) {
    Reading reading;
    if (value) reading.points.push_back({.point = {.labels = {}, .value = *value}, .at = std::nullopt});
    return reading;
  }

  static Result<Reading> read_text(std::string_view body) {
    const std::string_view text = trim(body);
    if (text.empty()) return one(std::nullopt);
    const ParsedNumber<double> number = parse_float(text);
    if (!number) {
      return fail(ErrorKind::kMalformed,
                  fmt::format("the reply is no number: {}; for JSON set value, a JSON pointer", excerpt(text)));
    }
    return one(number.value);
  }

  Result<Reading> read_json(std::string_view body, std::string_view app, std::string& empty_message) const {
    const std::string pointer = value_.expand(app);
    empty_message = fmt::format("the reply has nothing, or null, at {}", pointer.empty() ? "its top" : pointer);
    const auto tokens = parse_json_pointer(pointer);
    if (!tokens) return std::unexpected(tokens.error());
    const Result<std::optional<double>> number = read_json_number(body, *tokens);
    if (!number) return fail_with(fmt::format("value {}", pointer), number.error());
    return one(*number);
  }

  Result<Reading> read_page(std::string_view body, std::string_view app, std::string& empty_message) const {
    const auto labels = labels_.expand(app);
    const ExpositionQuery query{.metric = metric_, .labels = {labels.begin(), labels.end()}};
    empty_message = fmt::format("the page has no series {}{}", metric_, labels.empty() ? "" : " with these labels");
    Result<Reading> reading = read_exposition(body, query, options_.series);
    if (!reading || options_.series) return reading;
    return aggregate(std::move(*reading), aggregate_);
  }

  Clock* clock_;
  net::HttpTransport* http_;
  HttpAuth auth_;
  CommonOptions options_;
  Format format_;
  Aggregate aggregate_;
  Template url_;
  std::string method_;
  TemplateMap headers_;
  Template body_;
  Template value_;
  std::string metric_;
  TemplateMap labels_;
};

Result<std::unique_ptr<Source>> make_http(const SourceContext& context, const Settings& settings) {
  return std::make_unique<HttpSource>(context, settings);
}

}  // namespace

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
