// What GitHub answers with, and how an App says who it is.
#include "metrics/github_reply.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "metrics/github_jwt.h"
#include "tests/metrics/fake_github.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_ca.h"

namespace fas::metrics {
namespace {

using TextList = std::vector<std::string>;

TEST(GithubReply, NextLink) {
  struct Case {
    std::string_view header, next;
  };
  for (const Case& c : std::initializer_list<Case>{
           {"", ""},
           {R"(<https://a/x?page=2>; rel="next", <https://a/x?page=9>; rel="last")", "https://a/x?page=2"},
           {R"(<https://a/x?page=1>; rel="prev", <https://a/x?page=3>; rel="next")", "https://a/x?page=3"},
           {R"(<https://a/1,2>;rel=NEXT)", "https://a/1,2"},
           {R"(<https://a/1>; title="x"; rel="next")", "https://a/1"},
           {R"(<https://a/1>; rel="last")", ""},
           {R"(<https://a/1; rel="next")", ""},
           {"next", ""},
       }) {
    EXPECT_EQ(github_next_link(c.header), c.next) << c.header;
  }
}

TEST(GithubReply, Pages) {
  const auto page = read_github_page(
      R"({"jobs":[{"status":"queued","labels":["Self-Hosted","GPU"]},{"status":"completed","labels":[]},
                  {"status":"in_progress","labels":[]}]})");
  ASSERT_TRUE(page) << page.error().message;
  ASSERT_EQ(page->jobs.size(), 2U);
  EXPECT_TRUE(page->jobs[0].queued);
  EXPECT_EQ(page->jobs[0].labels, (TextList{"self-hosted", "gpu"}));
  EXPECT_FALSE(page->jobs[1].queued);
  EXPECT_EQ(read_github_page(R"({"workflow_runs":[{"id":7},{"id":9007199254740993}]})")->runs,
            (std::vector<std::int64_t>{7, 9007199254740993}));
  const TextList repos = {"a/b"};
  EXPECT_EQ(read_github_page(R"([{"full_name":"a/b"},{"full_name":"a/old","archived":true}])")->repos, repos);
  EXPECT_EQ(read_github_page(R"({"repositories":[{"full_name":"a/b"},{"full_name":"a/c","disabled":true}]})")->repos,
            repos);
  for (const std::string bad :
       {"", "<html>", "{}", "[1]", R"({"jobs":[{}]})", R"({"jobs":[{"status":"queued","labels":[1]}]})",
        R"({"workflow_runs":[{"id":"7"}]})", R"({"workflow_runs":7})"}) {
    EXPECT_EQ(read_github_page(bad).error().kind, ErrorKind::kMalformed) << bad;
  }
  EXPECT_FALSE(read_github_page(std::string(100'000, '[')));
  EXPECT_EQ(github_error_text(R"({"message":"Not Found"})"), "Not Found");
  EXPECT_EQ(github_error_text("nonsense"), "");
}

TEST(GithubReply, Tokens) {
  const auto token = read_github_token(R"({"token":"ghs_x","expires_at":"2016-07-11T22:14:10Z"})");
  ASSERT_TRUE(token);
  EXPECT_EQ(token->token, "ghs_x");
  EXPECT_EQ(token->ends.time_since_epoch(), std::chrono::seconds(1'468'275'250));
  for (const std::string bad : {"", "{}", R"({"token":"ghs_x"})", R"({"token":"ghs_x","expires_at":"soon"})",
                                R"({"token":"ghs_x","expires_at":"9999-07-11T22:14:10Z"})",
                                R"({"token":"ghs_x","expires_at":"-999-07-11T22:14:10Z"})"}) {
    const auto result = read_github_token(bad);
    ASSERT_FALSE(result) << bad;
    EXPECT_FALSE(result.error().message.contains("ghs_")) << result.error().message;
  }
}

TEST(GithubJwt, IsVerifiedByThePublicKey) {
  const auto key = read_rsa_key(rsa_private_pem());
  ASSERT_TRUE(key) << key.error().message;
  const auto jwt = make_github_jwt("123456", *key, WallTime(std::chrono::seconds(1'000'000)));
  ASSERT_TRUE(jwt) << jwt.error().message;
  const auto claims = nlohmann::json::parse(verified_claims(*jwt));
  EXPECT_EQ(claims, nlohmann::json::parse(R"({"iat":999940,"exp":1000540,"iss":"123456"})"));
  std::string changed = *jwt;
  changed[changed.find('.') + 3] ^= 1;
  EXPECT_EQ(verified_claims(changed), "");
}

TEST(GithubJwt, Keys) {
  std::string one_line = rsa_private_pem();
  for (std::size_t at = one_line.find('\n'); at != std::string::npos; at = one_line.find('\n', at)) {
    one_line.replace(at, 1, "\\n");
  }
  EXPECT_TRUE(read_rsa_key(one_line));
  const test::TempDir folder;
  EXPECT_TRUE(read_rsa_key(folder.write("app.pem", rsa_private_pem())));
  const std::string elliptic = test::TestCa().issue("DNS:x").key;
  for (const std::string& bad : {std::string("-----BEGIN RSA PRIVATE KEY-----\ns3cret\n-----END RSA PRIVATE KEY-----"),
                                 folder.write("empty", ""), folder.file("none"), elliptic}) {
    const auto key = read_rsa_key(bad);
    ASSERT_FALSE(key);
    EXPECT_FALSE(key.error().message.contains("s3cret")) << key.error().message;
  }
}

}  // namespace
}  // namespace fas::metrics
