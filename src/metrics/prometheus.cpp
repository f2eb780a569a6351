#include "metrics/prometheus.h"

#include <fmt/format.h>

#include <chrono>
#include <utility>

#include "metrics/address.h"
#include "metrics/expand.h"
#include "metrics/http_call.h"
#include "metrics/prometheus_api.h"
#include "metrics/prometheus_groups.h"
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

// With `group-by`: one question for all apps, of whose reply each takes its own series.
class GroupedPrometheusSource final : public Source, private SharedGroups::Fetch {
 public:
  GroupedPrometheusSource(const SourceContext& context, const Settings& settings)
      : clock_(&context.clock),
        http_(&context.http),
        options_(common_options(settings)),
        label_(settings.text("group-by")),
        api_(settings),
        is_wanted_old_(settings.has("cache")),
        groups_(context.loop.get_executor(), context.clock, settings.duration("cache", kGroupFreshness)) {}

  asio::awaitable<Result<Sample>> collect(Query query, Deadline deadline) override {
    const TimePoint fresh_from = is_wanted_old_ ? TimePoint{} : query.fresh_from;
    Result<std::shared_ptr<const Groups>> groups = co_await groups_.get(this, deadline, fresh_from);
    if (!groups) co_return std::unexpected(std::move(groups.error()));
    co_return sample_of(**groups, query.app);
  }

 private:
  asio::awaitable<Result<Groups>> fetch(Deadline deadline) override {
    const double now = std::chrono::duration<double>(clock_->wall_now().time_since_epoch()).count();
    std::string time = fmt::format("time={:.3f}", now);
    net::HttpRequest request = api_.request("/api/v1/query", "", time);
    Result<net::HttpResponse> response = co_await http_->send(std::move(request), deadline);
    if (!response) {
      co_return fail_with("prometheus", as_read_error(std::move(response.error()), clock_->now(), deadline));
    }
    co_return read(*response);
  }

  Result<Groups> read(const net::HttpResponse& response) {
    if (auto good = api_.check(response, parser_); !good) return std::unexpected(std::move(good.error()));
    Result<Reading> reading = parser_.parse(response.body, /*with_labels=*/true);
    if (!reading) return std::unexpected(api_.shown(std::move(reading.error())));
    Result<Groups> groups = group_by(std::move(*reading), label_);
    if (!groups) return std::unexpected(api_.shown(std::move(groups.error())));
    return groups;
  }

  Result<Sample> sample_of(const Groups& groups, const std::string& app) const {
    const auto found = groups.find(app);
    if (found == groups.end()) return to_sample({}, options_, clock_->wall_now(), kEmptyResult);
    // Which of several would be first is the server's whim.
    if (!options_.series && found->second.points.size() > 1) {
      return fail(ErrorKind::kInvalid, fmt::format("{} series have the label {}=\"{}\"; aggregate them by it in the "
                                                   "query, or set series",
                                                   found->second.points.size(), label_, app));
    }
    return to_sample(found->second, options_, clock_->wall_now(), kEmptyResult);
  }

  Clock* clock_;
  net::HttpTransport* http_;
  CommonOptions options_;
  std::string label_;
  PrometheusApi api_;
  PrometheusReplyParser parser_;
  bool is_wanted_old_;  // a `cache` is worth more than news
  SharedGroups groups_;
};

Result<std::unique_ptr<Source>> make_prometheus(const SourceContext& context, const Settings& settings) {
  if (settings.has("group-by")) return std::make_unique<GroupedPrometheusSource>(context, settings);
  return std::make_unique<PrometheusSource>(context, settings);
}

Result<void> validate_prometheus(const Settings& settings) {
  auto url = check_http_url("prometheus address", settings.text("address"));
  if (!url) return url;
  if (settings.has("group-by")) {
    if (settings.text("group-by").empty()) return fail(ErrorKind::kInvalid, "prometheus group-by must name a label");
    if (!Template(settings.text("query"), {}).is_constant()) {
      return fail(ErrorKind::kInvalid,
                  "prometheus query must not name $APP_NAME where group-by is set: one query is for all apps");
    }
  }
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
                  .choices = {"GET", "POST"}},
                 {.key = "group-by",
                  .doc = "Ask once for all apps, without $APP_NAME: each app's value is the series whose label of this "
                         "name is the app's. A reply is used for `cache`, default 5s."}},
      .validate = validate_prometheus,
      .make = make_prometheus,
  };
}

}  // namespace fas::metrics
