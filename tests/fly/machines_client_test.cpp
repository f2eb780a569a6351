#include "fly/machines_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "net/gather.h"
#include "tests/fly/client_fixture.h"

namespace fas::fly {
namespace {

using namespace std::chrono_literals;
using test::reply;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kMachine = R"({"id": "148e", "state": "created", "config": {}})";

class MachinesClientTest : public ClientFixture {
 protected:
  // Every call that the API has, with what it sends.
  struct Call {
    std::string name;
    std::string request;
    std::string good_reply;
    bool change;
    std::function<Result<void>(MachinesClientTest&)> run;
  };
  static std::vector<Call> calls();

  template <class T>
  static Result<void> without_value(Result<T> result) {
    if (!result) return std::unexpected(std::move(result.error()));
    return {};
  }

  MachinesClient client_{http_, clock_, options("https://api.test/")};
};

std::vector<MachinesClientTest::Call> MachinesClientTest::calls() {
  using Test = MachinesClientTest;
  const std::string lease = R"({"status": "success", "data": {"nonce": "n", "expires_at": 17, "owner": "me"}})";
  const std::string ok = R"({"ok": true})";
  const std::string machine = "https://api.test/v1/apps/my%2Fapp/machines/148e";
  return {
      {"list", "GET https://api.test/v1/apps/my%2Fapp/machines", "[]", false,
       [](Test& t) { return without_value(t.run(t.client_.list("my/app", t.in(30s)))); }},
      {"get", "GET " + machine, std::string(kMachine), false,
       [](Test& t) { return without_value(t.run(t.client_.get("my/app", "148e", t.in(30s)))); }},
      {"create", "POST https://api.test/v1/apps/my%2Fapp/machines", std::string(kMachine), true,
       [](Test& t) { return without_value(t.run(t.client_.create("my/app", "{\"config\":{}}", t.in(30s)))); }},
      {"start", "POST " + machine + "/start", ok, true,
       [](Test& t) { return t.run(t.client_.start("my/app", "148e", "", t.in(30s))); }},
      {"stop", "POST " + machine + "/stop", ok, true,
       [](Test& t) { return t.run(t.client_.stop("my/app", "148e", "", t.in(30s))); }},
      {"suspend", "POST " + machine + "/suspend", ok, true,
       [](Test& t) { return t.run(t.client_.suspend("my/app", "148e", "", t.in(30s))); }},
      {"destroy", "DELETE " + machine + "?force=true", ok, true,
       [](Test& t) { return t.run(t.client_.destroy("my/app", "148e", true, "", t.in(30s))); }},
      {"cordon", "POST " + machine + "/cordon", ok, true,
       [](Test& t) { return t.run(t.client_.cordon("my/app", "148e", "", t.in(30s))); }},
      {"uncordon", "POST " + machine + "/uncordon", ok, true,
       [](Test& t) { return t.run(t.client_.uncordon("my/app", "148e", "", t.in(30s))); }},
      {"acquire_lease", "POST " + machine + "/lease?ttl=30", lease, true,
       [](Test& t) { return without_value(t.run(t.client_.acquire_lease("my/app", "148e", 30s, t.in(30s)))); }},
      {"release_lease", "DELETE " + machine + "/lease", ok, true,
       [](Test& t) { return t.run(t.client_.release_lease("my/app", "148e", "n", t.in(30s))); }},
      {"wait", "GET " + machine + "/wait?state=started&timeout=30&instance_id=01HX", ok, false,
       [](Test& t) { return t.run(t.client_.wait("my/app", "148e", "01HX", MachineState::kStarted, t.in(30s))); }},
  };
}

TEST_F(MachinesClientTest, EachCallSendsItsRequest) {
  for (const Call& call : calls()) {
    answer(200, call.good_reply);
    const auto result = call.run(*this);
    EXPECT_TRUE(result) << call.name << ": " << result.error().message;
    const net::HttpRequest& request = http_.requests().back();
    EXPECT_EQ(request.method + ' ' + request.url, call.request);
    EXPECT_THAT(request.headers, testing::Contains(net::Header("Authorization", "FlyV1 fm2_secret"))) << call.name;
    EXPECT_EQ(observed_.back(), (Observed{call.name, 200}));
  }
}

TEST_F(MachinesClientTest, SendsTheLeaseNonce) {
  ASSERT_TRUE(run(client_.stop("a", "m", "nonce-1", in(30s))));
  EXPECT_THAT(http_.requests().back().headers, testing::Contains(net::Header("fly-machine-lease-nonce", "nonce-1")));
}

TEST_F(MachinesClientTest, DestroyForcesOnlyWhenAsked) {
  ASSERT_TRUE(run(client_.destroy("a", "m", false, "", in(30s))));
  EXPECT_EQ(http_.requests().back().url, "https://api.test/v1/apps/a/machines/m");
}

TEST_F(MachinesClientTest, ABaseUrlMayEndInSlashOrVersion) {
  for (const std::string base : {"http://h:1", "http://h:1/", "http://h:1/v1", "http://h:1/v1/"}) {
    MachinesClient client(http_, clock_, options(base));
    answer(200, "[]");
    ASSERT_TRUE(run(client.list("a", in(30s))));
    EXPECT_EQ(http_.requests().back().url, "http://h:1/v1/apps/a/machines");
  }
}

TEST_F(MachinesClientTest, GarbageIsMalformedAndNamesAppAndCall) {
  for (const Call& call : calls()) {
    for (const auto& [name, body] : garbage_bodies()) {
      const bool says_nothing =
          call.name == "wait" || (body.empty() && (call.name.ends_with("cordon") || call.name == "release_lease"));
      if (says_nothing || (call.name == "list" && body.starts_with("[\""))) continue;
      answer(200, body, {{"fly-request-id", "01HREQ"}});
      const auto result = call.run(*this);
      ASSERT_FALSE(result) << call.name << ", " << name;
      EXPECT_EQ(result.error().kind, ErrorKind::kMalformed) << call.name << ", " << name;
      EXPECT_THAT(result.error().message, AllOf(testing::StartsWith("app my/app: " + call.name + " machine"),
                                                HasSubstr("01HREQ"), Not(HasSubstr("\x1b"))))
          << name;
      EXPECT_EQ(result.error().request_id, "01HREQ");
    }
  }
}

// Each status, for a read and for a change.
TEST_F(MachinesClientTest, StatusesHaveTheirKind) {
  struct Case {
    int status;
    std::string body;
    ErrorKind read;
    ErrorKind change;
  };
  const std::vector<Case> cases = {
      {301, "", ErrorKind::kMalformed, ErrorKind::kMalformed},
      {400, R"({"error": "bad"})", ErrorKind::kInvalid, ErrorKind::kInvalid},
      {401, "", ErrorKind::kUnauthorized, ErrorKind::kUnauthorized},
      {403, "<html>", ErrorKind::kUnauthorized, ErrorKind::kUnauthorized},
      {404, R"({"error": "not found"})", ErrorKind::kNotFound, ErrorKind::kNotFound},
      {408, "", ErrorKind::kTimeout, ErrorKind::kUnknownOutcome},
      {409, R"({"error": "lease held"})", ErrorKind::kConflict, ErrorKind::kConflict},
      {412, R"({"error": "machine not in stopped state"})", ErrorKind::kPrecondition, ErrorKind::kPrecondition},
      {412, R"({"error": "insufficient resources available"})", ErrorKind::kCapacity, ErrorKind::kCapacity},
      {422, R"({"error": "invalid config.guest"})", ErrorKind::kInvalid, ErrorKind::kInvalid},
      {422, R"({"error": "Insufficient resources to create new machine"})", ErrorKind::kCapacity, ErrorKind::kCapacity},
      {422, R"({"message": "name already exists", "error": "x"})", ErrorKind::kConflict, ErrorKind::kConflict},
      {429, "", ErrorKind::kRateLimited, ErrorKind::kRateLimited},
      {500, "", ErrorKind::kUnavailable, ErrorKind::kUnknownOutcome},
      {502, "<html>", ErrorKind::kUnavailable, ErrorKind::kUnknownOutcome},
      {503, "", ErrorKind::kUnavailable, ErrorKind::kUnknownOutcome},
      {504, std::string(100'000, '['), ErrorKind::kUnavailable, ErrorKind::kUnknownOutcome},
  };
  for (const Case& c : cases) {
    answer(c.status, c.body, {{"fly-request-id", "01HREQ"}});
    const auto read = run(client_.list("app-" + std::to_string(c.status), in(30s)));
    const auto change = run(client_.create("app-" + std::to_string(c.status), "{}", in(30s)));
    ASSERT_TRUE(!read && !change) << c.status;
    EXPECT_EQ(read.error().kind, c.read) << c.status << ' ' << c.body;
    EXPECT_EQ(change.error().kind, c.change) << c.status << ' ' << c.body;
    EXPECT_EQ(change.error().http_status, c.status);
    EXPECT_THAT(change.error().message,
                AllOf(HasSubstr("create machine"), HasSubstr("HTTP " + std::to_string(c.status)), HasSubstr("01HREQ"),
                      Not(HasSubstr("secret"))));
  }
}

TEST_F(MachinesClientTest, OnlyWhatHadNoEffectIsRepeated) {
  struct Case {
    std::string name;
    Result<net::HttpResponse> first;
    int reads;
    int changes;
  };
  const std::vector<Case> cases = {
      {"not sent", fail(ErrorKind::kUnavailable, "refused"), 2, 2},
      {"lost reply", fail(ErrorKind::kUnknownOutcome, "reset"), 2, 1},
      {"500", reply(500, ""), 2, 1},
      {"502", reply(502, ""), 2, 1},
      {"503", reply(503, ""), 2, 1},
      {"504", reply(504, ""), 2, 1},
      {"429", reply(429, ""), 2, 2},
      {"408", reply(408, ""), 1, 1},
      {"404", reply(404, ""), 1, 1},
      {"409", reply(409, ""), 1, 1},
      {"412", reply(412, ""), 1, 1},
      {"422", reply(422, ""), 1, 1},
      {"garbage", reply(200, "<html>"), 1, 1},
  };
  for (const Case& c : cases) {
    for (const bool change : {false, true}) {
      const std::size_t before = http_.requests().size();
      answer({c.first, reply(200, change ? std::string(kMachine) : "[]")});
      const Result<void> result = change ? without_value(run(client_.create(c.name, "{}", in(30s))))
                                         : without_value(run(client_.list(c.name, in(30s))));
      const auto sent = static_cast<int>(http_.requests().size() - before);
      EXPECT_EQ(sent, change ? c.changes : c.reads) << c.name << (change ? ", change" : ", read");
      EXPECT_EQ(result.has_value(), sent == 2) << c.name;
    }
  }
}

TEST_F(MachinesClientTest, RepeatingEnds) {
  answer({fail(ErrorKind::kUnavailable, "refused")});
  const auto result = run(client_.list("a", in(1h)));
  ASSERT_FALSE(result);
  EXPECT_EQ(http_.requests().size(), static_cast<std::size_t>(net::RetryPolicy{}.attempts));
  EXPECT_EQ(result.error().message, "app a: list machines: refused");
}

TEST_F(MachinesClientTest, RetryAfterIsHonoured) {
  answer({reply(429, "", {{"retry-after", "7"}}), reply(200, "{}")});
  ASSERT_TRUE(run(client_.start("a", "m", "", in(30s))));
  EXPECT_GE(since_begin(), 7000ms);
  EXPECT_LE(since_begin(), 8000ms);
  EXPECT_THAT(observed_, ElementsAre(Observed{"start", 429}, Observed{"start", 200}));
}

TEST_F(MachinesClientTest, ARetryAfterBeyondTheDeadlineIsToldAtOnce) {
  answer(429, "", {{"retry-after", "60"}});
  const auto result = run(client_.start("a", "m", "", in(30s)));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::kRateLimited);
  EXPECT_EQ(result.error().retry_after, 60'000ms);
  EXPECT_EQ(since_begin(), 0ms);
  // And the next call on that machine does not bother the API before then.
  EXPECT_EQ(run(client_.start("a", "m", "", in(30s))).error().kind, ErrorKind::kTimeout);
  EXPECT_EQ(http_.requests().size(), 1U);
  answer(200, "{}");
  EXPECT_TRUE(run(client_.start("a", "other", "", in(30s))));
}

// The documented limits: per action, and per machine or app; 1 a second, burst 3; get 5 a second, burst 10.
TEST_F(MachinesClientTest, KeepsTheDocumentedLimits) {
  answer(200, std::string(kMachine));
  const auto finish = [&](auto call, int count) {
    const TimePoint begin = clock_.now();
    for (int i = 0; i < count; ++i) EXPECT_TRUE(call(i));
    return std::chrono::duration_cast<std::chrono::milliseconds>(clock_.now() - begin);
  };
  const auto create = [&](int) { return run(client_.create("a", "{}", in(1h))).has_value(); };
  const auto start_same = [&](int) { return run(client_.start("a", "m", "", in(1h))).has_value(); };
  const auto start_each = [&](int i) { return run(client_.start("a", std::to_string(i), "", in(1h))).has_value(); };
  const auto stop_same = [&](int) { return run(client_.stop("a", "m", "", in(1h))).has_value(); };
  const auto get_same = [&](int) { return run(client_.get("a", "m", in(1h))).has_value(); };
  // Not faster than documented, and only a little slower: what leaves in time may arrive closer together.
  const auto expect_about = [](std::chrono::milliseconds took, std::chrono::milliseconds documented) {
    EXPECT_GT(took, documented);
    EXPECT_LT(took, documented * 11 / 10);
  };
  expect_about(finish(create, 5), 2000ms);
  expect_about(finish(start_same, 5), 2000ms);
  EXPECT_EQ(finish(stop_same, 3), 0ms) << "another action has its own limit";
  EXPECT_EQ(finish(start_each, 60), 0ms) << "another machine has its own limit";
  expect_about(finish(get_same, 15), 1000ms);
}

TEST_F(MachinesClientTest, AReadThatTimedOutIsATimeout) {
  answer({fail(ErrorKind::kUnknownOutcome, "the deadline passed")});
  const auto list = run(client_.list("a", in(0s)));
  ASSERT_FALSE(list);
  EXPECT_EQ(list.error().kind, ErrorKind::kTimeout);
  EXPECT_EQ(run(client_.stop("a", "m", "", in(0s))).error().kind, ErrorKind::kUnknownOutcome);
}

TEST_F(MachinesClientTest, WaitAsksAgainUntilTheDeadline) {
  answer({reply(408, ""), reply(408, ""), reply(200, R"({"ok": true})")});
  EXPECT_TRUE(run(client_.wait("a", "m", "", MachineState::kStopped, in(200s))));
  EXPECT_EQ(http_.requests().size(), 3U);
  EXPECT_THAT(http_.requests()[0].url, testing::EndsWith("/wait?state=stopped&timeout=60"));
  answer(408, "");
  const auto never = run(client_.wait("a", "m", "", MachineState::kStopped, in(20s)));
  ASSERT_FALSE(never);
  EXPECT_EQ(never.error().kind, ErrorKind::kTimeout);
}

TEST_F(MachinesClientTest, CreateSendsJson) {
  answer(200, std::string(kMachine));
  const auto created = run(client_.create("a", R"({"config":{}})", in(30s)));
  ASSERT_TRUE(created);
  EXPECT_EQ(created->id, "148e");
  EXPECT_EQ(http_.requests().back().body, R"({"config":{}})");
  EXPECT_THAT(http_.requests().back().headers, testing::Contains(net::Header("Content-Type", "application/json")));
}

TEST_F(MachinesClientTest, ReadsALease) {
  answer(200, R"({"status": "success", "data": {"nonce": "n1", "expires_at": 1700000000, "owner": "me@x"}})");
  const auto lease = run(client_.acquire_lease("a", "m", 30s, in(30s)));
  ASSERT_TRUE(lease);
  EXPECT_EQ(lease->nonce, "n1");
  EXPECT_EQ(lease->owner, "me@x");
  EXPECT_EQ(lease->expires_at, WallTime(1'700'000'000s));
  for (const std::string odd : {"1e300", "-5", "99999999999999999999", "\"x\"", "null"}) {
    EXPECT_TRUE(parse_lease(R"({"data": {"nonce": "n", "expires_at": )" + odd + "}}")) << odd;
  }
}

}  // namespace
}  // namespace fas::fly
