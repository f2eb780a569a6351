#include "metrics/github_auth.h"

#include <fmt/format.h>

#include <chrono>
#include <utility>

#include "base/text.h"
#include "metrics/address.h"
#include "metrics/http_call.h"
#include "net/url.h"

namespace fas::metrics {

namespace asio = boost::asio;

Result<void> validate_github_auth(const Settings& settings) {
  const bool has_token = !settings.text("token").empty();
  int of_app = 0;
  for (const std::string_view key : {"app-id", "installation-id", "private-key"}) {
    if (!settings.text(key).empty()) ++of_app;
  }
  if (has_token ? of_app == 0 : of_app == 3) return {};
  return fail(ErrorKind::kInvalid, "github needs either token, or app-id, installation-id and private-key of an App");
}

net::HttpRequest github_request(std::string url, std::shared_ptr<const net::TlsSettings> tls) {
  net::HttpRequest request;
  request.url = std::move(url);
  request.headers = {{"Accept", "application/vnd.github+json"}, {"X-GitHub-Api-Version", "2022-11-28"}};
  request.tls = std::move(tls);
  return request;
}

GithubAuth::GithubAuth(const SourceContext& context, const Settings& settings, PrivateKey key, std::string api_url,
                       std::shared_ptr<const net::TlsSettings> tls)
    : clock_(context.clock),
      http_(context.http),
      turns_(context.loop, context.clock),
      token_(trim(settings.text("token"))),
      app_id_(settings.text("app-id")),
      installation_id_(settings.text("installation-id")),
      key_(std::move(key)),
      api_url_(std::move(api_url)),
      tls_(std::move(tls)) {}

asio::awaitable<Result<std::string>> GithubAuth::authorization(Deadline deadline) {
  if (!is_app()) co_return "Bearer " + token_;
  if (!has_token()) {
    const std::optional<net::Turns::Turn> turn = co_await turns_.take(deadline);
    if (!turn) co_return fail(ErrorKind::kTimeout, server() + ": the deadline passed before a token came");
    if (!has_token()) {
      Result<GithubToken> token = co_await ask(deadline);
      if (!token) co_return std::unexpected(std::move(token.error()));
      installation_ = std::move(*token);
    }
  }
  co_return "Bearer " + installation_->token;
}

bool GithubAuth::has_token() const {
  return installation_ && clock_.wall_now() + std::chrono::minutes(1) < installation_->ends;
}

std::string GithubAuth::scrub(std::string text) const {
  return metrics::scrub(std::move(text), {token_, installation_ ? installation_->token : ""});
}

std::string GithubAuth::server() const {
  return fmt::format("github at {}: token of the App's installation", net::printable_url(api_url_));
}

asio::awaitable<Result<GithubToken>> GithubAuth::ask(Deadline deadline) {
  Result<net::HttpRequest> request = make_request();
  if (!request) co_return std::unexpected(std::move(request.error()));
  Result<net::HttpResponse> response = co_await http_.send(std::move(*request), deadline);
  if (!response) co_return fail_with("github", as_read_error(std::move(response.error()), clock_.now(), deadline));
  co_return read(*response);
}

Result<net::HttpRequest> GithubAuth::make_request() const {
  const Result<std::string> jwt = make_github_jwt(app_id_, key_, clock_.wall_now());
  if (!jwt) return fail_with(server(), jwt.error());
  net::HttpRequest request = github_request(
      append_path(api_url_, fmt::format("/app/installations/{}/access_tokens", net::percent_encode(installation_id_))),
      tls_);
  request.method = "POST";
  request.headers.emplace_back("Authorization", "Bearer " + *jwt);
  return request;
}

Result<GithubToken> GithubAuth::read(const net::HttpResponse& response) const {
  if (response.status < 200 || response.status > 299) {
    const std::string told = one_line(github_error_text(response.body));
    std::string cause = told.empty() ? excerpt(response.body) : told;
    if (response.status == 401) cause += " (app-id and private-key do not belong together, or this clock is wrong)";
    if (response.status == 404) cause += " (this App has no such installation-id)";
    return std::unexpected(status_error(response, server(), cause));
  }
  Result<GithubToken> token = read_github_token(response.body);
  if (!token) return fail_with(server(), std::move(token.error()));
  return token;
}

}  // namespace fas::metrics
