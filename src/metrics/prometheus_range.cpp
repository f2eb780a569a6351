#include "metrics/prometheus_range.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "metrics/http_call.h"
#include "metrics/prometheus_api.h"

namespace fas::metrics {
namespace {

namespace asio = boost::asio;

double unix_seconds(WallTime time) { return std::chrono::duration<double>(time.time_since_epoch()).count(); }

// Appends what one question has yielded.
void add(History& history, RangeReading reading) {
  if (reading.series.size() > 1 && history.warnings.empty()) {
    history.warnings.push_back(fmt::format("{} series, took the first", reading.series.size()));
  }
  for (std::string& warning : reading.warnings) {
    if (std::ranges::find(history.warnings, warning) == history.warnings.end()) {
      history.warnings.push_back(std::move(warning));
    }
  }
  if (reading.series.empty()) return;
  for (const TimedValue& value : reading.series.front()) {
    const bool is_next = history.values.empty() || history.values.back().at < value.at;
    if (is_next && !std::isnan(value.value)) history.values.push_back(value);
  }
}

}  // namespace

asio::awaitable<Result<History>> query_range(const SourceContext* context, Settings settings, std::string app,
                                             TimeRange range, Duration timeout) {
  if (settings.has("group-by")) {
    co_return fail(ErrorKind::kInvalid,
                   "past values of a query with group-by cannot be asked for yet: for this, give "
                   "the collector a query that names $APP_NAME");
  }
  const PrometheusApi api(settings);
  PrometheusReplyParser parser;
  History history;
  const auto step = std::chrono::duration_cast<WallTime::duration>(range.step);
  WallTime from = range.from;
  while (from <= range.to) {
    const WallTime to = std::min(range.to, from + step * (kMostRangePoints - 1));
    std::string parameters = fmt::format("start={:.3f}&end={:.3f}&step={:.3f}", unix_seconds(from), unix_seconds(to),
                                         std::chrono::duration<double>(range.step).count());
    net::HttpRequest request = api.request("/api/v1/query_range", app, parameters);
    const Deadline deadline = context->clock.now() + timeout;
    Result<net::HttpResponse> response = co_await context->http.send(std::move(request), deadline);
    if (!response) {
      co_return fail_with("prometheus", as_read_error(std::move(response.error()), context->clock.now(), deadline));
    }
    if (auto good = api.check(*response, parser); !good) co_return std::unexpected(std::move(good.error()));
    Result<RangeReading> reading = parser.parse_range(response->body);
    if (!reading) co_return std::unexpected(api.shown(std::move(reading.error())));
    add(history, std::move(*reading));
    from = to + step;
  }
  co_return history;
}

}  // namespace fas::metrics
