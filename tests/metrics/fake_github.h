// As much of GitHub's REST API as the source github asks for: lists in pages, ETags, tokens, GitHub Apps, a rate limit.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "metrics/github_jwt.h"
#include "net/http.h"
#include "tests/support/raw_server.h"

namespace fas::metrics {

// An RSA key of a test's own, made once.
std::string rsa_private_pem();

// The claims of the token as JSON where the signature is that of rsa_private_pem(); else empty.
std::string verified_claims(const std::string& jwt);

class FakeGithub {
 public:
  FakeGithub();

  // `labels` with commas, status as GitHub spells it.
  void add_run(const std::string& repo, std::int64_t id, const std::string& status);
  void add_job(const std::string& repo, std::int64_t run, const std::string& status, const std::string& labels);
  // Lists of repositories: "/orgs/acme/repos", "/users/ann/repos", "/installation/repositories".
  void add_repo(const std::string& list, const std::string& repo, bool archived = false);

  net::HttpResponse answer(const std::string& method, std::string_view target, const std::string& authorization,
                           const std::string& known_etag);
  net::HttpResponse answer(const net::HttpRequest& request);
  test::RawReply answer(const test::RawRequest& request);

  std::map<std::string, std::vector<std::string>> lists;  // JSON items by path, with "?status=" for runs
  std::string token = "s3cret-token";                     // what is taken; an App's changes with each one given out
  std::vector<net::Header> refusal;                       // where not empty, every list is a 403 with these headers
  std::string token_ends = "2020-01-01T12:00:00Z";        // the virtual clock begins at 2019-12-20
  std::string link_host;                                  // of the next page's link; empty: that of the request
  std::size_t page_size = 100;
  int changed = 0, unchanged = 0, refused = 0, tokens = 0;  // answers
  std::vector<std::string> targets;

 private:
  net::HttpResponse give_token(std::string_view target, const std::string& authorization);
};

}  // namespace fas::metrics
