// The source github against a small GitHub of our own, over a scripted transport and over TCP.
#include <gtest/gtest.h>

#include "tests/metrics/fake_github.h"
#include "tests/metrics/real_source.h"

namespace fas::metrics {
namespace {

using TextList = std::vector<std::string>;

TEST(GithubLabels, Table) {
  struct Case {
    std::string_view name, job;
    TextList labels;
    bool no_defaults, counts;
  };
  for (const Case& c : std::initializer_list<Case>{
           {"defaults", "self-hosted,linux,x64", {}, false, true},
           {"some of them", "self-hosted", {}, false, true},
           {"any case", "Self-Hosted,Linux,FLY", {"fly"}, false, true},
           {"configured in any case", "self-hosted,fly", {"FLY"}, false, true},
           {"one too many", "self-hosted,gpu", {"fly"}, false, false},
           {"of GitHub's own", "ubuntu-latest", {"fly"}, false, false},
           {"no defaults", "self-hosted,fly", {"fly"}, true, false},
           {"only its own", "fly", {"fly"}, true, true},
           {"none", "", {"fly"}, true, true},
           {"the app's", "self-hosted,worker", {"$APP_NAME"}, false, true},
           {"unicode", "self-hosted,größe", {"größe"}, false, true},
       }) {
    FakeGithub github;
    github.add_run("acme/api", 1, "queued");
    github.add_job("acme/api", 1, "queued", std::string(c.job));
    SourceFixture fixture(
        "github",
        settings({{"owner", text("acme")},
                  {"repos", TextList{"api"}},
                  {"labels", c.labels},
                  {"no-default-labels", c.no_defaults},
                  {"token", text("s3cret-token")}}),
        [&](const net::HttpRequest& request) -> Result<net::HttpResponse> { return github.answer(request); });
    EXPECT_EQ(number(fixture.collect()), c.counts ? 1 : 0) << c.name;
  }
}

// Two repositories: 3 jobs that wait and 2 that run, for these runners.
class Github : public RealSourceTest {
 protected:
  Github() {
    github.add_run("acme/api", 1, "in_progress");
    github.add_job("acme/api", 1, "in_progress", "self-hosted");
    github.add_job("acme/api", 1, "queued", "self-hosted,linux");
    github.add_job("acme/api", 1, "completed", "self-hosted");
    github.add_job("acme/api", 1, "queued", "ubuntu-latest");
    github.add_run("acme/api", 2, "queued");
    github.add_job("acme/api", 2, "queued", "x64");
    github.add_run("acme/web", 3, "in_progress");
    github.add_job("acme/web", 3, "in_progress", "x64");
    github.add_job("acme/web", 3, "queued", "x64");
    github.add_job("acme/web", 3, "waiting", "x64");
  }

  std::unique_ptr<Source> make(Settings more) {
    more.values.emplace("owner", text("acme"));
    more.values.emplace("api-url", text(server.url("")));
    if (!more.has("app-id")) more.values.emplace("token", text("s3cret-token"));
    return RealSourceTest::make("github", more);
  }
  static Settings both_repos() { return settings({{"repos", TextList{"api", "acme/web"}}}); }

  FakeGithub github;
  bool down = false;
  test::RawServer server{loop, [this](const test::RawRequest& request) {
                           if (down) return test::RawReply{.bytes = "", .then = test::RawReply::Then::kReset};
                           return github.answer(request);
                         }};
};

TEST_F(Github, CountsByStatus) {
  const auto of = [&](std::string value) {
    Settings given = both_repos();
    given.values.emplace("value", text(std::move(value)));
    return number(collect(*make(given)));
  };
  EXPECT_EQ(number(collect(*make(both_repos()))), 5);
  EXPECT_EQ(of("both"), 5);
  EXPECT_EQ(of("queued"), 3);
  EXPECT_EQ(of("in-progress"), 2);
}

TEST_F(Github, FollowsWhatChangesAndAsksForNothingTwice) {
  const auto source = make(both_repos());
  EXPECT_EQ(number(collect(*source)), 5);
  EXPECT_EQ(github.changed, 7);  // two lists a repository, and one a run
  EXPECT_EQ(number(collect(*source)), 5);
  EXPECT_EQ(github.changed, 7);
  EXPECT_EQ(github.unchanged, 7);
  github.add_job("acme/web", 3, "queued", "linux");
  EXPECT_EQ(number(collect(*source)), 6);
  EXPECT_EQ(github.changed, 8);
  github.lists["/repos/acme/web/actions/runs?status=in_progress"].clear();
  EXPECT_EQ(number(collect(*source)), 3);
  EXPECT_LE(server.connections(), 8) << "those that calls side by side need, and no more";
}

TEST_F(Github, GoesThroughEveryPage) {
  github.page_size = 2;
  for (int run = 10; run < 15; ++run) {
    github.add_run("acme/api", run, "queued");
    for (int job = 0; job < 5; ++job) github.add_job("acme/api", run, "queued", "x64");
  }
  const auto source = make(both_repos());
  EXPECT_EQ(number(collect(*source)), 30);
  EXPECT_EQ(number(collect(*source)), 30);
}

TEST_F(Github, DoesNotFollowALinkToAnotherServer) {
  github.page_size = 1;
  github.link_host = "http://127.0.0.1:1";
  expect_error(collect(*make(both_repos())), ErrorKind::kMalformed, "the next page is on another server");
}

TEST_F(Github, AllRepositoriesOfAnOwner) {
  github.add_repo("/orgs/acme/repos", "acme/api");
  github.add_repo("/orgs/acme/repos", "acme/web");
  github.add_repo("/orgs/acme/repos", "acme/idle");
  github.lists["/orgs/acme/repos"].push_back(R"({"full_name":"acme/old","archived":true})");
  EXPECT_EQ(number(collect(*make(settings({})))), 5);
  github.add_repo("/users/acme/repos", "acme/web");
  EXPECT_EQ(number(collect(*make(settings({{"runner-scope", text("repo")}})))), 2);

  const auto series = collect(*make(settings({{"series", true}})));
  ASSERT_TRUE(series) << series.error().message;
  const auto& points = std::get<Series>(series->value);
  ASSERT_EQ(points.size(), 3U);
  EXPECT_EQ(points[0].labels, (TextMap{{"repo", "acme/api"}}));
  EXPECT_EQ(points[0].value, 3);
  EXPECT_EQ(points[2].value, 0);

  github.lists["/orgs/acme/repos"].clear();
  expect_error(collect(*make(settings({}))), ErrorKind::kNotFound, "acme has no repository");
  EXPECT_EQ(number(collect(*make(settings({{"empty-value", 1.0}})))), 1);
}

TEST_F(Github, ARunThatIsDeletedMeanwhileHasNoJobs) {
  github.lists.erase("/repos/acme/api/actions/runs/1/jobs");
  EXPECT_EQ(number(collect(*make(both_repos()))), 3);
}

TEST_F(Github, WhatIsNotThereAndWhoMayNot) {
  const Settings nowhere = settings({{"repos", TextList{"nope"}}, {"empty-value", 0.0}});
  expect_error(collect(*make(nowhere)), ErrorKind::kNotFound,
               "/repos/acme/nope/actions/runs answered HTTP 404: Not Found (there is no such thing, or these");
  github.token = "another";
  expect_error(collect(*make(both_repos())), ErrorKind::kUnauthorized, "HTTP 401: Bad credentials for Bearer ***");
}

TEST_F(Github, AppsGetATokenForTheirInstallation) {
  github.add_repo("/installation/repositories", "acme/web");
  github.add_repo("/installation/repositories", "other/repo");
  github.token_ends = "2100-01-01T00:00:00Z";
  const Settings app =
      settings({{"app-id", text("123456")}, {"installation-id", text("42")}, {"private-key", text(rsa_private_pem())}});
  const auto source = make(app);
  EXPECT_EQ(number(collect(*source)), 2);
  EXPECT_EQ(number(collect(*source)), 2);
  EXPECT_EQ(github.tokens, 1);
  github.token = "revoked";
  expect_error(collect(*source), ErrorKind::kUnauthorized, "HTTP 401");
  EXPECT_EQ(number(collect(*source)), 2);
  EXPECT_EQ(github.tokens, 2);

  Settings wrong = app;
  wrong.values["installation-id"] = text("43");
  expect_error(collect(*make(wrong)), ErrorKind::kNotFound, "this App has no such installation-id");
}

TEST_F(Github, ComesBackAfterAnOutage) {
  const auto source = make(both_repos());
  EXPECT_EQ(number(collect(*source)), 5);
  down = true;
  expect_error(collect(*source), ErrorKind::kUnavailable, "127.0.0.1");
  down = false;
  EXPECT_EQ(number(collect(*source)), 5);
}

TEST_F(Github, TheDeadlineEndsACall) {
  const test::RawServer silent(
      loop, [](const test::RawRequest&) { return test::RawReply{.bytes = "", .then = test::RawReply::Then::kHang}; });
  Settings given = both_repos();
  given.values.emplace("api-url", text(silent.url("")));
  expect_error(collect(*make(given), "worker", std::chrono::milliseconds(200)), ErrorKind::kTimeout, "127.0.0.1");
}

class GithubInTime : public testing::Test {
 protected:
  GithubInTime() {
    github.add_run("acme/api", 1, "queued");
    github.add_job("acme/api", 1, "queued", "x64");
  }

  std::unique_ptr<SourceFixture> fixture(Settings more = {}) {
    more.values.emplace("owner", text("acme"));
    more.values.emplace("repos", TextList{"api"});
    if (!more.has("app-id")) more.values.emplace("token", text("s3cret-token"));
    return std::make_unique<SourceFixture>(
        "github", more,
        [this](const net::HttpRequest& request) -> Result<net::HttpResponse> { return github.answer(request); });
  }

  // In seconds of the virtual clock's calendar.
  static std::string in(const SourceFixture& fixture, int seconds) {
    const auto now = std::chrono::duration_cast<std::chrono::seconds>(fixture.clock.wall_now().time_since_epoch());
    return std::to_string(now.count() + seconds);
  }

  FakeGithub github;
};

TEST_F(GithubInTime, KeepsTheLastValueWhileTheRateLimitIsUsedUp) {
  const auto jobs = fixture();
  EXPECT_EQ(number(jobs->collect()), 1);
  github.refusal = {{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", in(*jobs, 600)}};
  const auto kept = jobs->collect();
  EXPECT_EQ(number(kept), 1);
  ASSERT_EQ(kept->warnings.size(), 1U);
  EXPECT_EQ(kept->warnings[0], "github's rate limit is used up for another 10m0s; this is the value from before");
  const std::size_t asked = github.targets.size();
  jobs->clock.run_for(std::chrono::seconds(599));
  EXPECT_EQ(number(jobs->collect()), 1);
  EXPECT_EQ(github.targets.size(), asked) << "asked before the limit's end";
  EXPECT_EQ(message(jobs->collect("another")),
            "github's rate limit is used up for another 1s; ask less often, name the repositories in repos, or use a "
            "GitHub App");

  github.refusal.clear();
  github.add_job("acme/api", 1, "queued", "x64");
  jobs->clock.run_for(std::chrono::seconds(1));
  const auto after = jobs->collect();
  EXPECT_EQ(number(after), 2);
  EXPECT_TRUE(after->warnings.empty());
}

TEST_F(GithubInTime, OtherLimits) {
  struct Case {
    std::string_view name;
    std::vector<net::Header> headers;
    int seconds;
  };
  for (const Case& c : std::initializer_list<Case>{
           {"retry-after", {{"retry-after", "30"}}, 30},
           {"secondary, untold", {{"x-ratelimit-remaining", "17"}}, 60},
           {"no time of reset", {{"x-ratelimit-remaining", "0"}}, 60},
           {"past", {{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", "1"}}, 1},
           {"far", {{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", "9223372036854775807"}}, 3600},
           {"garbage", {{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", "soon"}}, 60},
       }) {
    const auto jobs = fixture();
    github.refusal = c.headers;
    const auto sample = jobs->collect();
    ASSERT_FALSE(sample) << c.name;
    EXPECT_EQ(sample.error().kind, ErrorKind::kRateLimited) << c.name;
    EXPECT_EQ(sample.error().retry_after, std::chrono::seconds(c.seconds)) << c.name;
  }
}

TEST_F(GithubInTime, MaxAgeBoundsAKeptValue) {
  const auto jobs = fixture(settings({{"max-age", Duration(std::chrono::minutes(5))}}));
  EXPECT_EQ(number(jobs->collect()), 1);
  github.refusal = {{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", in(*jobs, 600)}};
  EXPECT_EQ(number(jobs->collect()), 1);
  jobs->clock.run_for(std::chrono::minutes(6));
  EXPECT_EQ(message(jobs->collect()), "the newest value was measured 6m0s ago, longer than max-age 5m0s");
}

TEST_F(GithubInTime, AnInstallationTokenIsRenewedBeforeItEnds) {
  const auto jobs = fixture(settings(
      {{"app-id", text("Iv1.abc")}, {"installation-id", text("42")}, {"private-key", text(rsa_private_pem())}}));
  // The virtual clock begins at 2019-12-20 01:00.
  github.token_ends = "2019-12-20T02:00:00Z";
  EXPECT_EQ(number(jobs->collect()), 1);
  jobs->clock.run_for(std::chrono::minutes(58));
  EXPECT_EQ(number(jobs->collect()), 1);
  EXPECT_EQ(github.tokens, 1);
  jobs->clock.run_for(std::chrono::minutes(1));
  github.token_ends = "2019-12-20T03:00:00Z";
  EXPECT_EQ(number(jobs->collect()), 1);
  EXPECT_EQ(github.tokens, 2);
}

TEST(GithubSettings, Validation) {
  struct Case {
    Settings settings;
    std::string_view error;
  };
  const auto owner = text("acme");
  constexpr std::string_view kAuth = "github needs either token, or app-id, installation-id and private-key of an App";
  for (const Case& c : std::initializer_list<Case>{
           {settings({{"token", text("t")}}), "github owner required"},
           {settings({{"owner", owner}}), kAuth},
           {settings({{"owner", owner}, {"token", text("t")}, {"app-id", text("1")}}), kAuth},
           {settings({{"owner", owner}, {"app-id", text("1")}, {"private-key", text("p")}}), kAuth},
           {settings({{"owner", owner}, {"token", text("t")}, {"api-url", text("github.com")}}),
            "github api-url must begin with http:// or https://, as in http://prometheus.internal:9090"},
           {settings({{"owner", owner}, {"token", text("t")}, {"repos", TextList{""}}}),
            "github repos has an empty name in it"},
           {settings({{"owner", owner}, {"token", text("t")}}), ""},
       }) {
    const Result<void> valid = validate(*find_source_kind("github"), c.settings);
    EXPECT_EQ(valid ? "" : valid.error().message, c.error);
  }
  boost::asio::io_context loop;
  test::VirtualClock clock(loop);
  test::FakeTransport http(test::always(200, ""));
  const auto made = find_source_kind("github")->make(
      {.loop = loop, .clock = clock, .http = http},
      settings(
          {{"owner", owner}, {"app-id", text("1")}, {"installation-id", text("1")}, {"private-key", text("s3cret")}}));
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().message, "github private-key is neither PEM text nor a file that can be read");
}

}  // namespace
}  // namespace fas::metrics
