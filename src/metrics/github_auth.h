// Who asks GitHub: the holder of a token, or a GitHub App, which gets itself a token for its installation.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/error.h"
#include "metrics/github_jwt.h"
#include "metrics/github_reply.h"
#include "metrics/registry.h"
#include "net/http.h"
#include "net/turns.h"

namespace fas::metrics {

// The fields `token`, or `app-id`, `installation-id` and `private-key`.
Result<void> validate_github_auth(const Settings& settings);

// What every request to GitHub carries, but for the credential.
net::HttpRequest github_request(std::string url, std::shared_ptr<const net::TlsSettings> tls);

// On the loop's thread. An installation token is kept until a minute before it ends; it is asked for once, however many
// calls wait for it.
class GithubAuth {
 public:
  // `key` is null where a token is given.
  GithubAuth(const SourceContext& context, const Settings& settings, PrivateKey key, std::string api_url,
             std::shared_ptr<const net::TlsSettings> tls);

  bool is_app() const { return key_ != nullptr; }

  // The value of the header `Authorization`.
  boost::asio::awaitable<Result<std::string>> authorization(Deadline deadline);

  // The server has refused it: an App's next call gets a new one.
  void forget() { installation_.reset(); }

  // `text` without the credentials that a reply may echo.
  std::string scrub(std::string text) const;

 private:
  boost::asio::awaitable<Result<GithubToken>> ask(Deadline deadline);
  Result<net::HttpRequest> make_request() const;
  Result<GithubToken> read(const net::HttpResponse& response) const;
  std::string server() const;  // for messages
  bool has_token() const;

  Clock& clock_;
  net::HttpTransport& http_;
  net::Turns turns_;
  std::string token_;  // empty for an App
  std::string app_id_;
  std::string installation_id_;
  PrivateKey key_;
  std::string api_url_;
  std::shared_ptr<const net::TlsSettings> tls_;
  std::optional<GithubToken> installation_;
};

}  // namespace fas::metrics
