#include "fly/graphql_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/fly/client_fixture.h"

namespace fas::fly {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using test::reply;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

net::HttpResponse organization() {
  return reply(200, R"({"data": {"organization": {"id": "org-1", "slug": "acme"}}})");
}

net::HttpResponse page(const std::vector<std::string>& names, const std::string& next) {
  json nodes = json::array();
  for (const std::string& name : names) {
    json node = json::object();
    node["name"] = name;
    node["status"] = "deployed";
    nodes.push_back(std::move(node));
  }
  json info = json::object();
  info["hasNextPage"] = !next.empty();
  info["endCursor"] = next.empty() ? json() : json(next);
  json body = json::object();
  body["data"]["apps"]["nodes"] = std::move(nodes);
  body["data"]["apps"]["pageInfo"] = std::move(info);
  return reply(200, body.dump());
}

class GraphqlClientTest : public ClientFixture {
 protected:
  json variables(std::size_t request) const { return json::parse(http_.requests().at(request).body)["variables"]; }

  GraphqlClient client_{http_, clock_, options("https://api.test/")};
};

TEST_F(GraphqlClientTest, ReadsTheAppsInPagesAndTheOrganizationOnce) {
  answer({organization(), page({"a", "b"}, "c1"), page({"c"}, ""), page({"d"}, "")});
  const auto apps = run(client_.apps("acme", in(30s)));
  ASSERT_TRUE(apps) << apps.error().message;
  ASSERT_EQ(apps->size(), 3U);
  EXPECT_EQ(apps->at(2).name, "c");
  EXPECT_EQ(apps->at(2).status, "deployed");
  EXPECT_EQ(http_.requests().at(0).url, "https://api.test/graphql");
  EXPECT_EQ(http_.requests().at(0).method, "POST");
  EXPECT_THAT(http_.requests().at(0).headers,
              testing::Contains(net::Header("Authorization", "FlyV1 fm2_secret,fo1_secret")));
  EXPECT_EQ(variables(0).at("slug"), "acme");
  EXPECT_EQ(variables(1).at("org"), "org-1");
  EXPECT_FALSE(variables(1).contains("after"));
  EXPECT_EQ(variables(2).at("after"), "c1");

  ASSERT_TRUE(run(client_.apps("acme", in(30s))));
  EXPECT_EQ(http_.requests().size(), 4U) << "the organization's id is known by now";
  EXPECT_EQ(observed_.at(0), (Observed{"organization", 200}));
  EXPECT_EQ(observed_.at(1), (Observed{"apps", 200}));
}

TEST_F(GraphqlClientTest, PagesThatDoNotEndAreAnError) {
  answer({organization(), page({"a"}, "c1")});
  const auto apps = run(client_.apps("acme", in(30s)));
  ASSERT_FALSE(apps);
  EXPECT_EQ(apps.error().kind, ErrorKind::kMalformed);
}

TEST_F(GraphqlClientTest, APageThatFailsIsNotHalfOfTheApps) {
  answer({organization(), page({"a"}, "c1"), reply(200, "{}")});
  EXPECT_FALSE(run(client_.apps("acme", in(30s))));
}

TEST_F(GraphqlClientTest, AnUnknownOrganizationIsNotFound) {
  answer(200, R"({"data": {"organization": null}})");
  const auto apps = run(client_.apps("acme", in(30s)));
  ASSERT_FALSE(apps);
  EXPECT_EQ(apps.error().kind, ErrorKind::kNotFound);
  EXPECT_THAT(apps.error().message, HasSubstr("acme"));
}

TEST_F(GraphqlClientTest, ReleaseInProgress) {
  const std::vector<std::pair<std::string, bool>> cases = {
      {R"({"status": "running"})", true}, {R"({"status": "RUNNING"})", true},    {R"({"status": "complete"})", false},
      {R"({"status": "failed"})", false}, {R"({"status": "succeeded"})", false}, {"null", false}};
  for (const auto& [release, running] : cases) {
    answer(200, R"({"data": {"app": {"currentRelease": )" + release + "}}}");
    const auto result = run(client_.release_in_progress("worker", in(30s)));
    ASSERT_TRUE(result) << release << ": " << result.error().message;
    EXPECT_EQ(*result, running) << release;
    EXPECT_EQ(variables(http_.requests().size() - 1).at("appName"), "worker");
  }
}

TEST_F(GraphqlClientTest, ErrorsHaveTheirKind) {
  const std::vector<std::pair<std::string, ErrorKind>> cases = {
      {R"({"errors": [{"message": "Could not find App", "extensions": {"code": "NOT_FOUND"}}]})", ErrorKind::kNotFound},
      {R"({"errors": [{"message": "Could not find App"}]})", ErrorKind::kNotFound},
      {R"({"data": {"app": null}})", ErrorKind::kNotFound},
      {R"({"data": null, "errors": [{"message": "x", "extensions": {"code": "UNAUTHORIZED"}}]})",
       ErrorKind::kUnauthorized},
      {R"({"errors": [{"message": "x", "extensions": {"code": "SERVER_ERROR"}}]})", ErrorKind::kUnavailable},
      {R"({"errors": [{"message": "too many requests"}]})", ErrorKind::kRateLimited},
      {R"({"errors": [{"message": "Field 'x' doesn't exist"}]})", ErrorKind::kInvalid},
      {R"({"errors": [17]})", ErrorKind::kInvalid},
      {R"({"data": {"app": {}}})", ErrorKind::kMalformed},
      {R"({"data": {"app": 7}})", ErrorKind::kMalformed},
      {R"({"data": {"app": {"currentRelease": {"status": 7}}}})", ErrorKind::kMalformed},
      {R"({"data": []})", ErrorKind::kMalformed},
      {R"({})", ErrorKind::kMalformed},
  };
  for (const auto& [body, kind] : cases) {
    answer(200, body, {{"fly-request-id", "01HREQ"}});
    const auto result = run(client_.release_in_progress("worker", in(30s)));
    ASSERT_FALSE(result) << body;
    EXPECT_EQ(result.error().kind, kind) << body << ": " << result.error().message;
    EXPECT_THAT(result.error().message,
                AllOf(testing::StartsWith("app worker: current release: "), Not(HasSubstr("secret"))));
  }
}

TEST_F(GraphqlClientTest, GarbageIsMalformed) {
  for (const auto& [name, body] : garbage_bodies()) {
    answer(200, body);
    const auto release = run(client_.release_in_progress("worker", in(30s)));
    ASSERT_FALSE(release) << name;
    EXPECT_EQ(release.error().kind, ErrorKind::kMalformed) << name;
    const auto lookup = run(client_.apps("acme", in(30s)));
    ASSERT_FALSE(lookup) << name;
    EXPECT_EQ(lookup.error().kind, ErrorKind::kMalformed) << name;
    answer({organization(), reply(200, body)});
    GraphqlClient fresh(http_, clock_, options("https://api.test"));
    const auto apps = run(fresh.apps("acme", in(30s)));
    ASSERT_FALSE(apps) << name;
    EXPECT_EQ(apps.error().kind, ErrorKind::kMalformed) << name;
  }
}

TEST_F(GraphqlClientTest, AReadIsRepeatedThoughItIsAPost) {
  answer({reply(502, ""), fail(ErrorKind::kUnknownOutcome, "reset"),
          reply(200, R"({"data": {"app": {"currentRelease": null}}})")});
  EXPECT_TRUE(run(client_.release_in_progress("worker", in(30s))));
  EXPECT_EQ(http_.requests().size(), 3U);
}

}  // namespace
}  // namespace fas::fly
