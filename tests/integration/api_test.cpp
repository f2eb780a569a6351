// The JSON API of the real daemon.
#include <gtest/gtest.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/integration/harness.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace fas::test {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using Json = nlohmann::json;

const std::string kToken = "a token of more than 16 characters";
const std::vector<net::Header> kAdmin = {{"Authorization", "Bearer " + kToken}};

class Api : public testing::Test {
 protected:
  void start(const std::string& yaml = "started-machine-count: \"2\"\n", int machines = 6) {
    harness_.start_sim(Harness::quick(machines));
    harness_.start_daemon(yaml + "admin-token: \"" + kToken + "\"\ngithub-webhook-secret: \"" + kToken + "\"\n");
    ASSERT_TRUE(harness_.run_until([&] { return harness_.count(MachineState::kStarted) == 2; })) << harness_.log();
  }
  Json get(const std::string& path) {
    const net::HttpResponse reply = harness_.ask("GET", "/api/v1" + path);
    EXPECT_EQ(reply.status, 200) << path << ": " << reply.body;
    return Json::parse(reply.body, nullptr, false);
  }
  net::HttpResponse change(const std::string& method, const std::string& path, std::string body = {}) {
    return harness_.ask(method, "/api/v1/apps/worker/" + path, kAdmin, std::move(body));
  }
  bool started(int count) {
    return harness_.run_until([&] { return harness_.count(MachineState::kStarted) == count; });
  }

  Harness harness_;
};

TEST_F(Api, ShowsAnAppFromMetricToAction) {
  start();
  Json app;
  ASSERT_TRUE(harness_.run_until([&] {
    app = get("/apps/worker");
    return app["counts"]["started"] == 2 && app["state"] == "ok";
  })) << app;
  EXPECT_EQ(app["targets"]["started"], Json::parse(R"({"min": 2, "max": 2})"));
  EXPECT_EQ(app["policy"]["expressions"]["min_started"], "2");
  EXPECT_EQ(app["machines"].size(), 6);
  const Json decisions = get("/decisions?actions=1&full=1");
  ASSERT_EQ(decisions["decisions"].size(), 1) << decisions;
  EXPECT_EQ(decisions["decisions"][0]["action"], "start");
  EXPECT_EQ(decisions["decisions"][0]["decision"]["outcomes"].size(), 2);
  EXPECT_GE(get("/apps/worker/samples")["started"].size(), 1);
  EXPECT_EQ(get("/apps?search=work")["total"], 1);
  EXPECT_EQ(get("/status")["apps"], 1);
  EXPECT_EQ(get("/config")["admin-token"], "(secret)");
  EXPECT_EQ(get("/apps/worker/plan")["decision"]["plan"]["action"], "no_scale");
}

TEST_F(Api, AnOverrideActsAtOnceAndIsTakenBack) {
  start("started-machine-count: \"2\"\nlimits: { max-started: 5 }\n");
  net::HttpResponse reply = change("PUT", "override", R"({"started": 9, "for": "1h", "reason": "load test"})");
  ASSERT_EQ(reply.status, 200) << reply.body;
  EXPECT_EQ(Json::parse(reply.body)["override"]["reason"], "load test");
  EXPECT_TRUE(started(5)) << harness_.log();  // its limits hold
  EXPECT_TRUE(harness_.logged("overridden by hand"));
  EXPECT_EQ(get("/apps/worker")["decision"]["stages"][0]["name"], "override");
  reply = change("DELETE", "override");
  ASSERT_EQ(reply.status, 200);
  EXPECT_EQ(Json::parse(reply.body)["override"], nullptr);
  EXPECT_TRUE(started(2)) << harness_.log();
}

TEST_F(Api, AnOverrideEndsByItself) {
  start();
  ASSERT_EQ(change("PUT", "override", R"({"started": 4, "for": "300ms"})").status, 200);
  EXPECT_TRUE(started(4)) << harness_.log();
  EXPECT_TRUE(started(2)) << harness_.log();
  EXPECT_TRUE(harness_.logged("what was set by hand is over"));
}

TEST_F(Api, APausedAppIsLeftAloneUntilItIsResumed) {
  start();
  ASSERT_EQ(change("POST", "pause", R"({"reason": "deploy"})").status, 200);
  for (const sim::LoggedRequest& request : harness_.requests("start")) (void)request;
  const auto victim = std::ranges::find_if(
      harness_.app().machines, [](const auto& entry) { return entry.second.state == MachineState::kStarted; });
  harness_.world().set_state(harness_.app(), victim->second, MachineState::kStopped, "exit", "user");
  harness_.run_ticks(4);
  EXPECT_EQ(harness_.count(MachineState::kStarted), 1);
  const Json app = get("/apps/worker");
  EXPECT_EQ(app["state"], "paused");
  EXPECT_EQ(app["note"], "paused by hand: deploy");
  ASSERT_EQ(change("POST", "resume").status, 200);
  EXPECT_TRUE(started(2)) << harness_.log();
}

TEST_F(Api, WhatWasSetByHandOutlivesTheProcess) {
  const TempDir state;
  const std::string yaml = "started-machine-count: \"2\"\nstate-dir: \"" + state.path().string() + "\"\n";
  {
    Harness first;
    first.start_sim(Harness::quick(6));
    first.start_daemon(yaml + "admin-token: \"" + kToken + "\"\n");
    ASSERT_TRUE(first.run_until([&] { return first.count(MachineState::kStarted) == 2; }));
    ASSERT_EQ(first.ask("PUT", "/api/v1/apps/worker/override", kAdmin, R"({"started": 4, "for": "1h"})").status, 200);
  }
  Harness second;
  second.start_sim(Harness::quick(6));
  second.start_daemon(yaml);
  EXPECT_TRUE(second.run_until([&] { return second.count(MachineState::kStarted) == 4; })) << second.log();
}

TEST_F(Api, ATickBeginsAtOnce) {
  harness_.start_sim(Harness::quick(6));
  harness_.start_daemon("started-machine-count: \"2\"\ninterval: \"1h\"\nadmin-token: \"" + kToken + "\"\n");
  ASSERT_TRUE(started(2)) << harness_.log();
  for (int ticks = 2; ticks <= 4; ++ticks) {
    ASSERT_EQ(change("POST", "tick").status, 202);
    ASSERT_TRUE(harness_.run_until([&] { return static_cast<int>(harness_.requests("list").size()) >= ticks; }));
  }
}

TEST_F(Api, Refusals) {
  start();
  struct Case {
    const char* name;
    const char* method;
    std::string path;
    std::vector<net::Header> headers;
    std::string body;
    int status;
  };
  const std::vector<net::Header> wrong = {{"Authorization", "Bearer wrong"}};
  std::vector<net::Header> cross = kAdmin;
  cross.emplace_back("Origin", "https://evil.example");
  const Case cases[] = {
      {"no token", "POST", "/api/v1/apps/worker/pause", {}, "{}", 401},
      {"a wrong token", "PUT", "/api/v1/apps/worker/override", wrong, R"({"started": 0, "for": "1h"})", 401},
      {"an app that there is not, without the token", "POST", "/api/v1/apps/nobody/pause", {}, "", 401},
      {"an app that there is not", "POST", "/api/v1/apps/nobody/pause", kAdmin, "", 404},
      {"from another site", "POST", "/api/v1/apps/worker/pause", cross, "{}", 403},
      {"no JSON", "POST", "/api/v1/apps/worker/pause", kAdmin, "{", 400},
      {"a body beyond all bounds", "POST", "/api/v1/evaluate", {}, std::string(70'000, ' '), 413},
      {"brackets", "POST", "/api/v1/evaluate", {}, std::string(60'000, '['), 400},
      {"the wrong method", "GET", "/api/v1/apps/worker/pause", kAdmin, "", 405},
      {"the wrong method of a page", "DELETE", "/api/v1/status", kAdmin, "", 405},
      {"out of the folder", "GET", "/../../etc/passwd", {}, "", 404},
      {"out of the folder, encoded", "GET", "/assets/%2e%2e/%2e%2e/etc/passwd", {}, "", 404},
      {"out of the folder, by the API", "GET", "/api/v1/apps/..%2F..%2Fetc%2Fpasswd", {}, "", 404},
      {"a NUL", "GET", "/api/v1/apps/worker%00", {}, "", 404},
      {"no such path", "GET", "/api/v2/status", {}, "", 404},
      {"too deep", "GET", "/api/v1/apps/worker/samples/x", {}, "", 404},
      {"a bad parameter", "GET", "/api/v1/decisions?limit=0", {}, "", 400},
  };
  for (const Case& test : cases) {
    const net::HttpResponse reply = harness_.ask(test.method, test.path, test.headers, test.body);
    EXPECT_EQ(reply.status, test.status) << test.name << ": " << reply.body;
    EXPECT_TRUE(Json::parse(reply.body, nullptr, false).contains("error")) << test.name << ": " << reply.body;
  }
  EXPECT_EQ(get("/apps/worker")["override"], nullptr);
  EXPECT_EQ(harness_.ask("GET", "/api/v1/apps/worker/plan").status, 200);
  EXPECT_EQ(harness_.ask("GET", "/api/v1/apps/worker/plan").status, 429);
}

TEST_F(Api, NothingCanBeChangedWhereNoTokenIsSet) {
  harness_.start_sim(Harness::quick(2));
  harness_.start_daemon("started-machine-count: \"2\"\n");
  harness_.run_ticks(1);
  for (const auto& headers : {kAdmin, std::vector<net::Header>{{"Authorization", "Bearer "}}}) {
    EXPECT_EQ(harness_.ask("POST", "/api/v1/apps/worker/pause", headers, "{}").status, 403);
  }
  EXPECT_EQ(get("/status")["admin"], false);
}

TEST_F(Api, EveryReplyTellsTheBrowserToTrustNobodyElse) {
  start();
  for (const char* path : {"/", "/metrics", "/api/v1/status", "/nowhere"}) {
    const net::HttpResponse reply = harness_.ask("GET", path);
    EXPECT_NE(reply.header("content-security-policy").find("default-src 'none'"), std::string_view::npos) << path;
    EXPECT_EQ(reply.header("content-security-policy").find("unsafe"), std::string_view::npos) << path;
    EXPECT_EQ(reply.header("x-content-type-options"), "nosniff") << path;
    EXPECT_EQ(reply.header("access-control-allow-origin"), "") << path;
  }
}

TEST_F(Api, ExpressionsAreTriedOnWhatWasSeen) {
  start();
  const auto evaluate = [&](const std::string& expression) {
    const Json body = {{"app", "worker"}, {"expression", expression}, {"since", "1h"}};
    return Json::parse(harness_.ask("POST", "/api/v1/evaluate", {}, body.dump()).body, nullptr, false);
  };
  harness_.run_ticks(3);
  const Json good = evaluate("started_machine_count * 2");
  EXPECT_EQ(good["count"], 4) << good;
  EXPECT_GE(good["history"]["counts"].size(), 3) << good;
  EXPECT_TRUE(evaluate("started_machine_coun").contains("caret"));
  // A heavy one is given up while the ticks go on.
  const Json heavy = evaluate("len(filter(1..200000, # % 7 == 3)) + len(map(1..200000, # + 1))");
  EXPECT_TRUE(heavy.contains("error") || heavy.contains("value"));
  harness_.run_ticks(1);
}

// ---- The stream of events -------------------------------------------------------------------------------------------

class Listener {
 public:
  Listener(asio::io_context& loop, std::uint16_t port, const std::string& path) : socket_(loop) {
    socket_.connect({asio::ip::make_address("127.0.0.1"), port});
    asio::write(socket_, asio::buffer("GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n"));
    read();
  }
  const std::string& text() const { return state_->text; }
  bool closed() const { return state_->closed; }

 private:
  struct State {
    std::string text;
    std::string buffer = std::string(65536, '\0');
    bool closed = false;
  };
  void read() {
    socket_.async_read_some(asio::buffer(state_->buffer),
                            [this, state = state_](const boost::system::error_code& error, std::size_t size) {
                              if (error) state->closed = true;
                              if (error) return;
                              state->text.append(state->buffer, 0, size);
                              read();
                            });
  }
  std::shared_ptr<State> state_ = std::make_shared<State>();
  tcp::socket socket_;
};

TEST_F(Api, EventsTellOfTicksDecisionsAndChanges) {
  start();
  Listener all(harness_.loop, harness_.daemon().port(), "/api/v1/events");
  Listener other(harness_.loop, harness_.daemon().port(), "/api/v1/events?app=somebody");
  ASSERT_TRUE(harness_.run_until([&] { return all.text().contains("event: hello"); }));
  ASSERT_EQ(change("PUT", "override", R"({"started": 4, "for": "1h"})").status, 200);
  ASSERT_TRUE(harness_.run_until([&] {
    return all.text().contains("event: decision\ndata: {\"app\":\"worker\"") && all.text().contains("\"started\":4");
  })) << all.text();
  EXPECT_TRUE(all.text().contains("event: apps\ndata: [{\"name\":\"worker\""));
  EXPECT_TRUE(other.text().contains("event: hello"));
  EXPECT_FALSE(other.text().contains("worker"));
}

TEST_F(Api, ManyListenersAreRefusedBeyondABound) {
  start();
  std::vector<std::unique_ptr<Listener>> listeners;
  for (std::size_t i = 0; i < 300; ++i) {
    listeners.push_back(std::make_unique<Listener>(harness_.loop, harness_.daemon().port(), "/api/v1/events"));
  }
  // Looked for where it stands, as what follows grows with every tick.
  const auto count = [&](std::string_view text) {
    constexpr std::size_t kHead = 512;
    return std::ranges::count_if(
        listeners, [&](const auto& one) { return std::string_view(one->text()).substr(0, kHead).contains(text); });
  };
  ASSERT_TRUE(harness_.run_until([&] { return count("event: hello") + count("HTTP/1.1 503") == 300; }));
  EXPECT_EQ(count("event: hello"), 256);
  // Those that go make room.
  for (std::size_t i = 0; i < 200; ++i) listeners[i].reset();
  EXPECT_TRUE(harness_.run_until([&] {
    Listener late(harness_.loop, harness_.daemon().port(), "/api/v1/events");
    harness_.run_until([&] { return !late.text().empty(); });
    return late.text().contains("event: hello");
  }));
}

TEST_F(Api, SlowClientsHoldNothingUp) {
  start();
  std::vector<tcp::socket> slow;
  for (int i = 0; i < 1100; ++i) {  // more than the server keeps
    slow.emplace_back(harness_.loop);
    boost::system::error_code error;
    slow.back().connect({asio::ip::make_address("127.0.0.1"), harness_.daemon().port()}, error);
    ASSERT_FALSE(error) << i << ": " << error.message();
    asio::write(slow.back(), asio::buffer(std::string_view("GET /api/v1/status HTTP/1.1\r\nHo")), error);
  }
  harness_.run_ticks(5);
  // The connections that are half way through a request are cut after the read time-out; until then there may be none
  // left for others, and then there are.
  EXPECT_TRUE(harness_.run_until([&] { return harness_.ask("GET", "/healthz").status == 200; }));
}

TEST_F(Api, TheDescriptionIsTrue) {
  start();
  harness_.run_ticks(2);
  const TempDir folder;
  Process check({"/usr/bin/python3", FAS_SOURCE_DIR "/tests/integration/openapi_check.py",
                 "http://127.0.0.1:" + std::to_string(harness_.daemon().port()), kToken, "worker"},
                {.output_file = folder.file("out")});
  ASSERT_TRUE(harness_.run_until([&] { return check.exit_status().has_value(); }));
  EXPECT_EQ(check.exit_status(), 0) << read_file(folder.file("out"));
  EXPECT_TRUE(read_file(folder.file("out")).contains("18 operations")) << read_file(folder.file("out"));
}

}  // namespace
}  // namespace fas::test
