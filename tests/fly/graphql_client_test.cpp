#include "fly/graphql_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <exception>
#include <optional>
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

// Replies after a second, by a function.
class SlowTransport final : public net::HttpTransport {
 public:
  SlowTransport(Clock& clock, test::FakeTransport::Script script) : clock_(clock), inner_(std::move(script)) {}
  boost::asio::awaitable<Result<net::HttpResponse>> send(net::HttpRequest request, Deadline deadline) override {
    co_await clock_.sleep_until(clock_.now() + 1s);
    co_return co_await inner_.send(std::move(request), deadline);
  }
  const std::vector<net::HttpRequest>& requests() const { return inner_.requests(); }

 private:
  Clock& clock_;
  test::FakeTransport inner_;
};

class ManyReleases : public GraphqlClientTest {
 protected:
  // The answers for apps 0 to `apps`, after some that keep the API busy; the call for all of them together, and the
  // ones after it, are replied to by `script`.
  std::vector<Result<bool>> ask(std::size_t apps, test::FakeTransport::Script script) {
    slow_.emplace(clock_, [this, script = std::move(script)](const net::HttpRequest& request) {
      const bool busy = request.body.find("\"busy\"") != std::string::npos;
      return busy ? Result<net::HttpResponse>(reply(200, R"({"data": {"app": {"currentRelease": null}}})"))
                  : script(request);
    });
    many_.emplace(*slow_, clock_, options("https://api.test"));
    std::vector<std::optional<Result<bool>>> answers(ReleaseChecks::kSideBySide + apps);
    for (std::size_t i = 0; i < answers.size(); ++i) {
      const std::string app =
          i < ReleaseChecks::kSideBySide ? "busy" : "app-" + std::to_string(i - ReleaseChecks::kSideBySide);
      boost::asio::co_spawn(loop_, many_->release_in_progress(app, in(30s)),
                            [&answers, i](const std::exception_ptr& error, Result<bool> answer) {
                              if (error == nullptr) answers[i] = std::move(answer);
                            });
    }
    clock_.run_until([] { return false; });
    std::vector<Result<bool>> of_apps;
    for (std::size_t i = ReleaseChecks::kSideBySide; i < answers.size(); ++i) of_apps.push_back(answers[i].value());
    return of_apps;
  }
  std::size_t calls() const { return slow_->requests().size() - ReleaseChecks::kSideBySide; }
  json first_call() const { return json::parse(slow_->requests().at(ReleaseChecks::kSideBySide).body); }

  std::optional<SlowTransport> slow_;
  std::optional<GraphqlClient> many_;
};

TEST_F(ManyReleases, AreAskedForInOneCallByAliases) {
  const auto answers = ask(3, test::always(200, R"({"data": {
      "a0": {"currentRelease": {"status": "complete"}}, "a1": {"currentRelease": {"status": "running"}},
      "a2": {"currentRelease": null}}})"));
  ASSERT_EQ(calls(), 1U);
  EXPECT_EQ(first_call()["query"],
            "query($a0: String!, $a1: String!, $a2: String!) {"
            " a0: app(name: $a0) { currentRelease: currentReleaseUnprocessed { id version status } }"
            " a1: app(name: $a1) { currentRelease: currentReleaseUnprocessed { id version status } }"
            " a2: app(name: $a2) { currentRelease: currentReleaseUnprocessed { id version status } } }");
  EXPECT_EQ(first_call()["variables"], json::parse(R"({"a0": "app-0", "a1": "app-1", "a2": "app-2"})"));
  EXPECT_FALSE(answers[0].value());
  EXPECT_TRUE(answers[1].value());
  EXPECT_FALSE(answers[2].value());
}

TEST_F(ManyReleases, AnErrorIsOfTheAppThatItNames) {
  const auto answers = ask(3, test::always(200, R"({"data": {
      "a0": null, "a1": {"currentRelease": null}, "a2": {"currentRelease": null}}, "errors": [
      {"message": "Could not find App", "path": ["a0"], "extensions": {"code": "NOT_FOUND"}},
      {"message": "timeout", "path": ["a2", "currentRelease"]}]})"));
  EXPECT_EQ(calls(), 1U);
  EXPECT_EQ(answers[0].error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(answers[0].error().message, "app app-0: current release: Could not find App");
  EXPECT_FALSE(answers[1].value());
  // Not "no release": that it is null comes of the error.
  EXPECT_EQ(answers[2].error().kind, ErrorKind::kUnavailable);
}

TEST_F(ManyReleases, AreAskedForOneByOneWhenTheyCannotBeTogether) {
  const std::vector<Result<net::HttpResponse>> refusals = {
      reply(200, R"({"errors": [{"message": "Query has complexity of 300, which exceeds max complexity of 200"}]})"),
      reply(200, R"({"errors": [{"message": "x", "extensions": {"code": "UNAUTHORIZED"}}], "data": null})"),
      reply(200, R"({"data": {"a0": null}, "errors": [{"message": "Could not find App"}]})"),
      reply(400, "no"),
      reply(200, "<html>"),
  };
  for (const auto& refusal : refusals) {
    const auto answers = ask(2, [&](const net::HttpRequest& request) -> Result<net::HttpResponse> {
      if (request.body.find("$a0") != std::string::npos) return refusal;
      const bool second = request.body.find("app-1") != std::string::npos;
      return reply(200, second ? R"({"data": {"app": {"currentRelease": {"status": "running"}}}})"
                               : R"({"errors": [{"message": "Could not find App"}]})");
    });
    EXPECT_EQ(calls(), 3U) << refusal->body;
    EXPECT_EQ(answers[0].error().message, "app app-0: current release: Could not find App") << refusal->body;
    EXPECT_TRUE(answers[1].value()) << refusal->body;
  }
}

TEST_F(ManyReleases, AnApiThatIsDownIsNotAskedForEachOfThem) {
  const auto answers = ask(3, test::always(503, "down"));
  for (std::size_t i = 0; i < answers.size(); ++i) {
    ASSERT_FALSE(answers[i]);
    EXPECT_EQ(answers[i].error().kind, ErrorKind::kUnavailable);
    EXPECT_THAT(answers[i].error().message,
                testing::StartsWith("app app-" + std::to_string(i) + ": current release: asked for 3 apps at once: "));
  }
  for (const net::HttpRequest& request : slow_->requests()) {
    EXPECT_EQ(request.body.find("app-") != std::string::npos, request.body.find("$a2") != std::string::npos);
  }
}

TEST_F(ManyReleases, GarbageIsAnErrorForEachOfThem) {
  for (const auto& [name, body] : garbage_bodies()) {
    for (const Result<bool>& answer : ask(2, test::always(200, body))) {
      ASSERT_FALSE(answer) << name;
      EXPECT_EQ(answer.error().kind, ErrorKind::kMalformed) << name;
    }
  }
}

}  // namespace
}  // namespace fas::fly
