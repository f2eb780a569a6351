// News that are pushed: the call that wakes an app, and GitHub's webhook.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "tests/integration/harness.h"
#include "tests/support/github_delivery.h"
#include "tests/support/postgres_server.h"
#include "tests/support/raw_server.h"

namespace fas::test {
namespace {

using Json = nlohmann::json;

const std::string kTick = "a token for the job queue";
const std::string kSecret = "a secret shared with GitHub";
const std::vector<net::Header> kQueue = {{"Authorization", "Bearer " + kTick}};

std::string signature_of(const std::string& body) { return github_signature(kSecret, body); }

class Push : public testing::Test {
 protected:
  // Ticks come an hour apart, so that whatever happens soon has been pushed.
  void start(const std::string& yaml, sim::Options options = Harness::quick(6)) {
    harness_.start_sim(std::move(options));
    harness_.start_daemon(yaml + "interval: \"1h\"\ntick-token: \"" + kTick + "\"\ngithub-webhook-secret: \"" +
                          kSecret + "\"\n");
  }
  // Until the first tick of each app has ended.
  void settle(int apps = 1) { harness_.run_ticks(apps); }
  std::size_t lists() { return harness_.requests("list").size(); }
  net::HttpResponse wake(const std::string& app = "worker") {
    return harness_.ask("POST", "/api/v1/tick/" + app, kQueue);
  }
  net::HttpResponse deliver(const std::string& body, const std::string& event = "workflow_job") {
    return harness_.ask("POST", "/api/v1/webhooks/github",
                        {{"X-GitHub-Event", event}, {"X-Hub-Signature-256", signature_of(body)}}, body);
  }
  int wakes(const std::string& labels) {
    const std::string page = harness_.daemon().telemetry().exposition();
    const std::string name = "fas_wakes_total{" + labels + "} ";
    const std::size_t at = page.find(name);
    return at == std::string::npos ? 0 : std::stoi(page.substr(at + name.size()));
  }

  Harness harness_;
};

TEST_F(Push, AQueueMayWakeAnAppAndNothingElse) {
  start("started-machine-count: \"2\"\n");
  settle();
  const net::HttpResponse reply = wake();
  EXPECT_EQ(reply.status, 202) << reply.body;
  EXPECT_EQ(Json::parse(reply.body)["result"], "woken");
  EXPECT_TRUE(harness_.run_until([&] { return lists() == 2; })) << harness_.log();
  EXPECT_EQ(wake("nobody").status, 404);
  EXPECT_EQ(wake("*").status, 404);
  EXPECT_EQ(harness_.ask("POST", "/api/v1/tick", kQueue).status, 404);
  EXPECT_EQ(harness_.ask("GET", "/api/v1/tick/worker", kQueue).status, 405);
  EXPECT_EQ(harness_.ask("POST", "/api/v1/tick/worker").status, 401);
  EXPECT_EQ(harness_.ask("POST", "/api/v1/apps/worker/pause", kQueue, "{}").status, 403);
  EXPECT_EQ(wakes(R"(source="api",result="unknown")") + wakes(R"(result="unknown",source="api")"), 2);
}

TEST_F(Push, ManyWakesAreFewTicks) {
  start("started-machine-count: \"2\"\nwake-interval: \"400ms\"\n");
  settle();
  const TimePoint begin = harness_.clock.now();
  while (harness_.clock.now() - begin < std::chrono::seconds(2)) ASSERT_EQ(wake().status, 202);
  const std::size_t ticks = lists() - 1;
  EXPECT_GE(ticks, 2U);
  // One at once, then one each 400 ms, however long all that took.
  EXPECT_LE(ticks, static_cast<std::size_t>((harness_.clock.now() - begin) / std::chrono::milliseconds(400)) + 1);
  // The last news are not lost.
  const std::size_t before = lists();
  wake();
  EXPECT_TRUE(harness_.run_until([&] { return lists() > before; }));
}

TEST_F(Push, AnOperatorsTickWaitsForNoInterval) {
  start("started-machine-count: \"2\"\nwake-interval: \"1h\"\nadmin-token: \"0123456789abcdef\"\n");
  settle();
  wake();
  ASSERT_TRUE(harness_.run_until([&] { return lists() == 2; }));
  wake();
  ASSERT_EQ(harness_.ask("POST", "/api/v1/apps/worker/tick", {{"Authorization", "Bearer 0123456789abcdef"}}).status,
            202);
  EXPECT_TRUE(harness_.run_until([&] { return lists() == 3; }));
}

// As much of GitHub's API as a count of jobs takes: each repository has one run.
class Webhook : public Push {
 protected:
  void start_github() {
    sim::Options options = Harness::quick(3);
    for (const char* name : {"web", "gpu"}) {
      auto app = options.apps.front();
      app.app.name = name;
      options.apps.push_back(std::move(app));
    }
    start("started-machine-count: \"jobs\"\napps:\n  - app-name: \"worker\"\n    metric-collectors: [" +
              collector(R"(repos: ["worker"], labels: ["fly"])") +
              "]\n  - app-name: \"web\"\n    metric-collectors: [" + collector(R"(labels: ["web"])") +
              "]\n  - { app-name: \"gpu\", started-machine-count: \"0\" }\n",
          std::move(options));
    settle(3);
  }
  std::string collector(const std::string& fields) {
    return "{ type: \"github\", metric-name: \"jobs\", owner: \"Acme\", token: \"x\", api-url: \"" + server_.url("") +
           "\", " + fields + " }";
  }
  RawReply answer(const RawRequest& request) const {
    const auto has = [&](std::string_view text) { return request.line.contains(text); };
    if (has("/orgs/")) return http_reply(200, R"([{"full_name": "acme/worker"}, {"full_name": "acme/site"}])");
    if (!has("/jobs")) {
      return http_reply(200, has("status=queued") && has("/worker/") ? R"({"workflow_runs": [{"id": 1}]})"
                                                                     : R"({"workflow_runs": []})");
    }
    Json jobs = Json::array();
    for (int i = 0; i < jobs_; ++i) jobs.push_back({{"status", "queued"}, {"labels", {"self-hosted", "fly"}}});
    return http_reply(200, Json({{"jobs", jobs}}).dump());
  }
  // How many apps a delivery was news for.
  int woken(const std::string& body) {
    const net::HttpResponse reply = deliver(body);
    EXPECT_EQ(reply.status, 202) << reply.body;
    return Json::parse(reply.body, nullptr, false).value("woken", -1);
  }

  int jobs_ = 0;
  RawServer server_{harness_.loop, [this](const RawRequest& request) { return answer(request); }};
};

TEST_F(Webhook, AQueuedJobHasItsMachineAtOnce) {
  start_github();
  for (jobs_ = 1; jobs_ <= 3; ++jobs_) {
    ASSERT_EQ(woken(github_job("acme/worker")), 1);
    EXPECT_TRUE(harness_.run_until([&] { return harness_.count(MachineState::kStarted) == jobs_; })) << harness_.log();
  }
  jobs_ = 0;
  ASSERT_EQ(woken(github_job("acme/worker")), 1);
  EXPECT_TRUE(harness_.run_until([&] { return harness_.count(MachineState::kStarted) == 0; })) << harness_.log();
  EXPECT_EQ(harness_.count(MachineState::kStarted, "web"), 0);
}

TEST_F(Webhook, WakesWhoCouldCountTheJobAndNobodyElse) {
  start_github();
  struct Case {
    const char* name;
    std::string body;
    int woken;
  };
  const Case cases[] = {
      {"a repository that is named", github_job("acme/worker"), 1},
      {"in whatever case", github_job("ACME/Worker"), 1},
      {"any repository of the owner", github_job("acme/site", "web"), 1},
      {"one that is not named", github_job("acme/site"), 0},
      {"another owner's", github_job("other/worker"), 0},
      {"labels that no runner has", github_job("acme/worker", "gpu"), 0},
  };
  for (const Case& test : cases) EXPECT_EQ(woken(test.body), test.woken) << test.name;
  EXPECT_EQ(wakes(R"(result="unknown",source="github")") + wakes(R"(source="github",result="unknown")"), 3);
}

TEST_F(Webhook, AReloadCountsAtOnce) {
  start_github();
  ASSERT_EQ(woken(github_job("acme/worker")), 1);
  harness_.reload();
  EXPECT_EQ(woken(github_job("acme/worker")), 1);
}

TEST_F(Webhook, Refusals) {
  start_github();
  const std::string body = github_job("acme/worker");
  const std::string right = signature_of(body);
  const auto post = [&](const std::string& signature, const std::string& text, const std::string& event) {
    std::vector<net::Header> headers = {{"X-GitHub-Event", event}};
    if (!signature.empty()) headers.emplace_back("X-Hub-Signature-256", signature);
    return harness_.ask("POST", "/api/v1/webhooks/github", std::move(headers), text).status;
  };
  EXPECT_EQ(post("", body, "workflow_job"), 401);
  EXPECT_EQ(post("", "{}", "ping"), 401);
  EXPECT_EQ(post(right, body + " ", "workflow_job"), 401);
  EXPECT_EQ(post(right, body, "workflow_job"), 202);
  EXPECT_EQ(post(signature_of("{}"), "{}", "ping"), 200);
  EXPECT_EQ(post(signature_of("{}"), "{}", "push"), 202);
  EXPECT_EQ(post(signature_of("{}"), "{}", "workflow_job"), 400);
  const std::string padded = body + std::string(900'000, ' ');
  EXPECT_EQ(post(signature_of(padded), padded, "workflow_job"), 202);
  const std::string large(1'100'000, ' ');
  EXPECT_EQ(post(signature_of(large), large, "push"), 413);
  EXPECT_EQ(harness_.ask("GET", "/api/v1/webhooks/github").status, 405);
  EXPECT_EQ(harness_.ask("POST", "/api/v1/webhooks/gitlab").status, 404);
}

class Listen : public Push {
 protected:
  void SetUp() override {
    if (!PostgresServer::installed()) GTEST_SKIP() << "postgresql is not installed";
    server_.emplace();
    server_->run("CREATE TABLE jobs (app text)");
    sim::Options options = Harness::quick(3);
    auto other = options.apps.front();
    other.app.name = "mailer";
    options.apps.push_back(std::move(other));
    start("app-name: \"*\"\norg: \"acme\"\nconcurrency: 4\nstarted-machine-count: \"jobs\"\nmetric-collectors:\n  - " +
              collector() + "\n",
          std::move(options));
    settle(2);
    ASSERT_TRUE(harness_.run_until([&] { return harness_.logged("listening to Postgres"); })) << harness_.log();
  }
  std::string collector() const {
    return R"({ type: "postgres", metric-name: "jobs", host: "127.0.0.1", port: )" + std::to_string(server_->port()) +
           R"(, user: "admin", password: "admin-s3cret", database: "postgres", listen: "New jobs",)" +
           R"( query: "SELECT count(*) FROM jobs WHERE app = '$APP_NAME'" })";
  }
  bool started(int count, std::string_view app = "worker") {
    return harness_.run_until([&] { return harness_.count(MachineState::kStarted, app) == count; });
  }

  std::optional<PostgresServer> server_;
};

TEST_F(Listen, ANotificationIsATick) {
  server_->run("INSERT INTO jobs VALUES ('worker'); NOTIFY \"New jobs\"");
  EXPECT_TRUE(started(1)) << harness_.log();
  server_->run("INSERT INTO jobs VALUES ('mailer'); SELECT pg_notify('New jobs', 'whatever it is')");
  EXPECT_TRUE(started(1, "mailer")) << harness_.log();
  server_->run("INSERT INTO jobs VALUES ('worker'), ('mailer'); SELECT pg_notify('New jobs', 'worker')");
  EXPECT_TRUE(started(2)) << harness_.log();
  EXPECT_EQ(harness_.count(MachineState::kStarted, "mailer"), 1) << "the payload was the other's name";
}

TEST_F(Listen, WhatWasMissedIsSeenOnceItListensAgain) {
  server_->kill();
  ASSERT_TRUE(harness_.run_until([&] { return harness_.logged("cannot listen to Postgres"); })) << harness_.log();
  server_->restart();
  server_->run("INSERT INTO jobs VALUES ('worker'), ('mailer')");  // and nobody is told
  EXPECT_TRUE(started(1)) << harness_.log();
  EXPECT_TRUE(started(1, "mailer")) << harness_.log();
}

TEST_F(Listen, AReloadKeepsTheConnection) {
  const auto connections = [&] {
    std::size_t count = 0;
    const std::string log = harness_.log();
    for (std::size_t at = log.find("listening to Postgres"); at != std::string::npos;
         at = log.find("listening to Postgres", at + 1)) {
      ++count;
    }
    return count;
  };
  harness_.reload();
  server_->run("INSERT INTO jobs VALUES ('worker'); NOTIFY \"New jobs\"");
  EXPECT_TRUE(started(1)) << harness_.log();
  EXPECT_EQ(connections(), 1U);
}

TEST_F(Push, NoWebhookIsTakenWithoutASecret) {
  harness_.start_sim();
  harness_.start_daemon("started-machine-count: \"0\"\n");
  EXPECT_EQ(deliver(github_job("acme/worker")).status, 403);
  EXPECT_EQ(wake().status, 403);
}

}  // namespace
}  // namespace fas::test
