#include "metrics/github_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <iterator>
#include <utility>

#include "base/number_text.h"
#include "base/text.h"
#include "metrics/address.h"
#include "metrics/http_call.h"
#include "net/gather.h"
#include "net/url.h"

namespace fas::metrics {
namespace {

namespace asio = boost::asio;

constexpr std::size_t kSideBySide = 8;  // GitHub asks for few at once, and refuses a hundred
constexpr std::chrono::minutes kKeepUnused{15};
// GitHub's window is an hour; a longer wait is a wrong clock, ours or the server's.
constexpr std::chrono::seconds kLongestLimit = std::chrono::hours(1);
constexpr std::chrono::seconds kUntoldLimit = std::chrono::minutes(1);  // what GitHub asks for where it says nothing

std::optional<std::int64_t> integer_header(const net::HttpResponse& response, std::string_view name) {
  const ParsedNumber<std::int64_t> number = parse_int(trim(response.header(name)));
  if (!number) return std::nullopt;
  return number.value;
}

bool is_origin(std::string_view a, std::string_view b) {
  const net::UrlParts one = net::split_url(a);
  const net::UrlParts other = net::split_url(b);
  return one.scheme == other.scheme && one.host == other.host && one.port == other.port;
}

// What GitHub wants to be waited for, by this reply; nullopt when it is no refusal for too many calls.
std::optional<std::chrono::seconds> limit_of(const net::HttpResponse& response, WallTime now) {
  if (response.status != 403 && response.status != 429) return std::nullopt;
  if (const auto seconds = integer_header(response, "retry-after")) {
    return std::chrono::seconds(std::clamp<std::int64_t>(*seconds, 1, kLongestLimit.count()));
  }
  if (integer_header(response, "x-ratelimit-remaining") == 0) {
    const auto reset = integer_header(response, "x-ratelimit-reset");
    if (!reset) return kUntoldLimit;
    const auto now_seconds = std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count();
    // The bounds first, so that no difference overflows.
    const std::int64_t end = std::clamp<std::int64_t>(*reset, now_seconds + 1, now_seconds + kLongestLimit.count());
    return std::chrono::seconds(end - now_seconds);
  }
  const bool secondary = to_lower_ascii(github_error_text(response.body)).contains("rate limit");
  if (response.status == 429 || secondary) return kUntoldLimit;
  return std::nullopt;
}

}  // namespace

GithubClient::GithubClient(const SourceContext& context, const Settings& settings, PrivateKey key,
                           std::shared_ptr<const net::TlsSettings> tls)
    : clock_(context.clock),
      http_(context.http),
      api_url_(settings.text("api-url", "https://api.github.com")),
      tls_(std::move(tls)),
      auth_(context, settings, std::move(key), api_url_, tls_) {}

std::optional<Duration> GithubClient::limited_for() const {
  if (!limited_until_ || clock_.now() >= *limited_until_) return std::nullopt;
  return *limited_until_ - clock_.now();
}

asio::awaitable<Result<std::vector<GithubPage>>> GithubClient::lists(std::vector<std::string> paths, int most_pages,
                                                                     bool may_vanish, Deadline deadline) {
  std::vector<GithubPage> all;
  for (std::size_t begin = 0; begin < paths.size(); begin += kSideBySide) {
    std::vector<asio::awaitable<Result<GithubPage>>> calls;
    const std::size_t end = std::min(begin + kSideBySide, paths.size());
    for (std::size_t i = begin; i < end; ++i) calls.push_back(list(paths[i], most_pages, deadline));
    std::vector<Result<GithubPage>> results = co_await net::gather(std::move(calls));
    for (Result<GithubPage>& result : results) {
      if (!result && may_vanish && result.error().http_status == 404) result = GithubPage{};
      if (!result) co_return std::unexpected(std::move(result.error()));
      all.push_back(std::move(*result));
    }
  }
  forget_unused();
  co_return all;
}

asio::awaitable<Result<GithubPage>> GithubClient::list(std::string path, int most_pages, Deadline deadline) {
  GithubPage whole;
  std::string url = append_path(api_url_, path);
  for (int count = 0; !url.empty(); ++count) {
    if (count == most_pages) {
      co_return fail(ErrorKind::kInvalid, fmt::format("github at {}: more than {} items; narrow it by repos",
                                                      net::printable_url(url), most_pages * 100));
    }
    Result<GithubPage> next = co_await page(url, deadline);
    if (!next) co_return next;
    std::ranges::move(next->repos, std::back_inserter(whole.repos));
    std::ranges::move(next->runs, std::back_inserter(whole.runs));
    std::ranges::move(next->jobs, std::back_inserter(whole.jobs));
    url = std::move(next->next);
  }
  co_return whole;
}

asio::awaitable<Result<GithubPage>> GithubClient::page(std::string url, Deadline deadline) {
  Result<std::string> authorization = co_await auth_.authorization(deadline);
  if (!authorization) co_return std::unexpected(std::move(authorization.error()));
  if (limited_for().has_value()) {
    co_return fail(ErrorKind::kRateLimited,
                   fmt::format("github at {}: the rate limit is used up", net::printable_url(api_url_)));
  }
  net::HttpRequest request = github_request(url, tls_);
  request.headers.emplace_back("Authorization", std::move(*authorization));
  if (const auto kept = kept_.find(url); kept != kept_.end()) {
    request.headers.emplace_back("If-None-Match", kept->second.etag);
    kept->second.used = clock_.now();
  }
  Result<net::HttpResponse> response = co_await http_.send(std::move(request), deadline);
  if (!response) co_return fail_with("github", as_read_error(std::move(response.error()), clock_.now(), deadline));
  co_return read(url, *response);
}

Result<GithubPage> GithubClient::read(const std::string& url, const net::HttpResponse& response) {
  const auto kept = kept_.find(url);
  if (response.status == 304 && kept != kept_.end()) return kept->second.page;
  if (response.status != 200) {
    note_limit(response);
    Error error = refusal(url, response);
    if (response.status == 401) auth_.forget();
    return std::unexpected(std::move(error));
  }
  Result<GithubPage> page = read_github_page(response.body);
  if (page) page->next = github_next_link(response.header("link"));
  // The credential goes to the server that it is for, and nowhere else.
  if (page && !page->next.empty() && !is_own(page->next)) {
    page = fail(ErrorKind::kMalformed,
                fmt::format("the next page is on another server, {}; check api-url", net::printable_url(page->next)));
  }
  if (!page) return fail_with("github at " + net::printable_url(url), std::move(page.error()));
  if (const std::string_view etag = response.header("etag"); !etag.empty()) {
    kept_[url] = {.etag = std::string(etag), .page = *page, .used = clock_.now()};
  }
  return page;
}

void GithubClient::note_limit(const net::HttpResponse& response) {
  const auto wait = limit_of(response, clock_.wall_now());
  if (wait) limited_until_ = std::max(limited_until_.value_or(TimePoint{}), clock_.now() + *wait);
}

Error GithubClient::refusal(const std::string& url, const net::HttpResponse& response) const {
  const std::string told = auth_.scrub(github_error_text(response.body));
  std::string cause = told.empty() ? excerpt(auth_.scrub(response.body)) : one_line(told);
  if (response.status == 404) cause += " (there is no such thing, or these credentials may not see it)";
  if (response.status == 301) cause += " (the repository or its owner has a new name)";
  return status_error(response, "github at " + net::printable_url(url), cause);
}

bool GithubClient::is_own(std::string_view url) const { return is_origin(url, api_url_); }

void GithubClient::forget_unused() {
  const TimePoint now = clock_.now();
  std::erase_if(kept_, [now](const auto& each) { return now - each.second.used > kKeepUnused; });
}

}  // namespace fas::metrics
