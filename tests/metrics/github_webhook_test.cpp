#include "metrics/github_webhook.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "metrics/github_scope.h"
#include "tests/metrics/settings.h"

namespace fas::metrics {
namespace {

using Strings = std::vector<std::string>;

// As GitHub sends it, without what nobody reads.
std::string delivery(const std::string& status, const std::string& labels = R"(["self-hosted", "GPU"])") {
  return R"({"action": "x", "workflow_job": {"id": 29679449, "run_id": 940463255, "status": ")" + status +
         R"(", "conclusion": null, "labels": )" + labels +
         R"(, "runner_id": null}, "repository": {"id": 1, "name": "API", "full_name": "My-Org/API", "private": true},
             "organization": {"login": "My-Org"}, "sender": {"login": "ann"}})";
}

TEST(GithubWebhook, SaysWhatAJobIsAbout) {
  for (const char* status : {"queued", "in_progress", "completed", "waiting"}) {
    const auto event = read_github_job_event(delivery(status));
    ASSERT_TRUE(event) << status << ": " << event.error().message;
    EXPECT_EQ(event->repo, "my-org/api");
    EXPECT_EQ(event->job.queued, std::string_view(status) == "queued") << status;
    EXPECT_EQ(event->job.labels, (Strings{"self-hosted", "gpu"}));
  }
}

TEST(GithubWebhook, RefusesWhatIsNoJob) {
  const std::string good = delivery("queued");
  struct Case {
    const char* name;
    std::string body;
  };
  const Case cases[] = {
      {"nothing", ""},
      {"a form", "payload=%7B%7D"},
      {"a list", "[" + good + "]"},
      {"cut off", good.substr(0, good.size() / 2)},
      {"no job", R"({"repository": {"full_name": "a/b"}})"},
      {"no repository", R"({"workflow_job": {"labels": []}})"},
      {"a job that is a number", R"({"workflow_job": 1, "repository": {"full_name": "a/b"}})"},
      {"no labels", delivery("queued", "null")},
      {"labels of numbers", delivery("queued", "[1]")},
      {"no owner", R"({"workflow_job": {"labels": []}, "repository": {"full_name": "/b"}})"},
      {"no name", R"({"workflow_job": {"labels": []}, "repository": {"full_name": "a/"}})"},
      {"two slashes", R"({"workflow_job": {"labels": []}, "repository": {"full_name": "a/b/c"}})"},
      {"deep", std::string(100'000, '[')},
      {"beyond all bounds", good + std::string(2U << 20U, ' ')},
  };
  for (const Case& test : cases) {
    const auto event = read_github_job_event(test.body);
    ASSERT_FALSE(event) << test.name;
    EXPECT_EQ(event.error().kind, ErrorKind::kMalformed) << test.name;
  }
}

TEST(GithubWebhook, KnowsItsSignature) {
  // The example of GitHub's own documentation.
  const std::string secret = "It's a Secret to Everybody";
  const std::string body = "Hello, World!";
  const std::string right = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
  EXPECT_TRUE(is_github_signature(right, body, secret));
  EXPECT_FALSE(is_github_signature(right, body + "!", secret));
  EXPECT_FALSE(is_github_signature(right, body, secret + "!"));
  EXPECT_FALSE(is_github_signature(right, body, ""));
  EXPECT_FALSE(is_github_signature("", body, secret));
  EXPECT_FALSE(is_github_signature("sha256=", body, secret));
  EXPECT_FALSE(is_github_signature(right.substr(7), body, secret)) << "the scheme is missing";
  EXPECT_FALSE(is_github_signature("sha1" + right.substr(6), body, secret));
  EXPECT_FALSE(is_github_signature(right + "0", body, secret));
  EXPECT_FALSE(is_github_signature(right.substr(0, right.size() - 1), body, secret));
  std::string wrong = right;
  wrong.back() = '8';
  EXPECT_FALSE(is_github_signature(wrong, body, secret));
}

TEST(GithubScope, NamesRepositoriesAndLabelsOfTheApp) {
  const GithubScope scope(settings({{"owner", text("acme")},
                                    {"repos", Strings{"$APP_NAME", "other/thing"}},
                                    {"labels", Strings{"Fly-${APP_NAME}"}}}));
  EXPECT_EQ(scope.repos("web"), (Strings{"acme/web", "other/thing"}));
  EXPECT_EQ(scope.labels("web"), (std::set<std::string>{"self-hosted", "linux", "x64", "fly-web"}));
  const GithubScope bare(settings({{"owner", text("acme")}, {"no-default-labels", true}}));
  EXPECT_TRUE(bare.repos("web").empty());
  EXPECT_TRUE(bare.labels("web").empty());
}

}  // namespace
}  // namespace fas::metrics
