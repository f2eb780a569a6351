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

std::string_view accepted_type(HttpFormat format) {
  switch (format) {
    case HttpFormat::kJson: return "application/json";
    case HttpFormat::kPrometheus: return "text/plain;version=0.0.4";
    case HttpFormat::kText: break;
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
        format_(http_format(settings)),
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
    if (!response) co_return std::unexpected(as_read_error(std::move(response.error()), clock_->now(), deadline));
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
    Result<Sample> sample = read_body(response.body, app);
    if (sample) return sample;
    sample.error().message = auth_.scrub(std::move(sample.error().message));
    return fail_with(server, std::move(sample.error()));
  }

  Result<Sample> read_body(std::string_view body, std::string_view app) const {
    std::string empty_message;
    Result<Reading> reading = parse(body, app, empty_message);
    if (!reading) return std::unexpected(std::move(reading.error()));
    return to_sample(std::move(*reading), options_, clock_->wall_now(), empty_message);
  }

  // `empty_message` becomes what to say when nothing is there.
  Result<Reading> parse(std::string_view body, std::string_view app, std::string& empty_message) const {
    switch (format_) {
      case HttpFormat::kJson: return read_json(body, app, empty_message);
      case HttpFormat::kPrometheus: return read_page(body, app, empty_message);
      case HttpFormat::kText: break;
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
  HttpFormat format_;
  Aggregate aggregate_;
  Template url_;
  std::string method_;
  TemplateMap headers_;
  Template body_;
  Template value_;
  std::string metric_;
  TemplateMap labels_;
};

}  // namespace

Result<std::unique_ptr<Source>> make_http(const SourceContext& context, const Settings& settings) {
  return std::make_unique<HttpSource>(context, settings);
}

}  // namespace fas::metrics
