// Lists out of GitHub's REST API: all pages, nothing twice that has not changed, and silence while the rate limit is
// used up.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/duration.h"
#include "base/error.h"
#include "metrics/github_auth.h"
#include "metrics/github_reply.h"
#include "net/http.h"

namespace fas::metrics {

// On the loop's thread. Every answer is kept with its ETag for as long as it is asked for: a 304 costs no quota.
class GithubClient {
 public:
  GithubClient(const SourceContext& context, const Settings& settings, PrivateKey key,
               std::shared_ptr<const net::TlsSettings> tls);

  bool is_app() const { return auth_.is_app(); }

  // How long GitHub wants no calls; nullopt when it takes them.
  std::optional<Duration> limited_for() const;

  // The whole list at `path`, which begins with a slash and may have a query. Errors: kRateLimited while it wants no
  // calls; a list of more than `most_pages`, 100 items each, is kInvalid.
  boost::asio::awaitable<Result<GithubPage>> list(std::string path, int most_pages, Deadline deadline);

  // The lists at all of `paths`, a few side by side, in their order; or the first error. `may_vanish`: one that is not
  // there (404) is empty.
  boost::asio::awaitable<Result<std::vector<GithubPage>>> lists(std::vector<std::string> paths, int most_pages,
                                                                bool may_vanish, Deadline deadline);

 private:
  struct Kept {
    std::string etag;
    GithubPage page;
    TimePoint used;
  };

  boost::asio::awaitable<Result<GithubPage>> page(std::string url, Deadline deadline);
  Result<GithubPage> read(const std::string& url, const net::HttpResponse& response);
  Error refusal(const std::string& url, const net::HttpResponse& response) const;
  void note_limit(const net::HttpResponse& response);
  bool is_own(std::string_view url) const;
  void forget_unused();

  Clock& clock_;
  net::HttpTransport& http_;
  std::string api_url_;
  std::shared_ptr<const net::TlsSettings> tls_;
  GithubAuth auth_;
  std::map<std::string, Kept> kept_;  // by URL
  std::optional<TimePoint> limited_until_;
};

}  // namespace fas::metrics
