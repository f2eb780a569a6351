// The HTTP client against a server that does what each test tells it to.
#include "net/curl_transport.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>
#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "net/gather.h"
#include "net/system_clock.h"
#include "tests/support/raw_server.h"
#include "tests/support/run.h"

namespace fas::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::http_reply;
using test::RawReply;
using test::RawRequest;
using test::RawServer;
using testing::HasSubstr;
using testing::Not;
using Then = RawReply::Then;

class CurlTransportTest : public testing::Test {
 protected:
  Result<HttpResponse> send(HttpRequest request, milliseconds within = seconds(20)) {
    return test::run(loop_, http_.send(std::move(request), clock_.now() + within));
  }
  Result<HttpResponse> get(std::string url, milliseconds within = seconds(20)) {
    HttpRequest request;
    request.url = std::move(url);
    return send(std::move(request), within);
  }
  static HttpRequest post(std::string url, std::string body = "{}") {
    HttpRequest request;
    request.method = "POST";
    request.url = std::move(url);
    request.body = std::move(body);
    return request;
  }

  boost::asio::io_context loop_;
  SystemClock clock_{loop_};
  CurlTransport http_{loop_, clock_};
  int requests_on_first_ = 0;
};

// Whoever looks at it finds it a minute later.
class StridingClock final : public Clock {
 public:
  explicit StridingClock(boost::asio::io_context& loop) : real_(loop) {}
  TimePoint now() const override { return real_.now() + std::chrono::minutes(looks_++); }
  WallTime wall_now() const override { return real_.wall_now(); }
  boost::asio::awaitable<void> sleep_until(TimePoint when) override { return real_.sleep_until(when); }

 private:
  SystemClock real_;
  mutable int looks_ = 0;
};

TEST_F(CurlTransportTest, AProcessThatStoodStillSendsNothingAfterTheDeadline) {
  RawServer server(loop_, [](const RawRequest&) { return http_reply(200, "{}"); });
  for (const char* connection : {"a standing", "a new"}) {
    StridingClock clock(loop_);
    CurlTransport fresh(loop_, clock);
    if (connection == std::string("a standing")) {
      const auto warm = test::run(loop_, fresh.send({.url = server.url("/warm")}, clock.now() + std::chrono::hours(1)));
      ASSERT_TRUE(warm);
    }
    const std::size_t before = server.requests().size();
    const TimePoint deadline = clock.now() + seconds(90);
    const auto reply = test::run(loop_, fresh.send(post(server.url("/start")), deadline));
    ASSERT_FALSE(reply) << connection;
    EXPECT_EQ(reply.error().kind, ErrorKind::kTimeout) << connection;
    EXPECT_THAT(reply.error().message, HasSubstr("the deadline passed before the request was sent")) << connection;
    EXPECT_EQ(server.requests().size(), before) << connection;
  }
}

TEST_F(CurlTransportTest, ReturnsStatusHeadersAndBody) {
  RawServer server(loop_, [](const RawRequest&) { return http_reply(418, "short and stout", "X-Tea: Earl Grey\r\n"); });
  const auto reply = get(server.url("/pot?x=1"));
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(reply->status, 418);
  EXPECT_EQ(reply->header("x-tea"), "Earl Grey");
  EXPECT_EQ(reply->header("x-coffee"), "");
  EXPECT_EQ(reply->body, "short and stout");
  EXPECT_GE(reply->body.capacity(), reply->body.size() + 64);
  EXPECT_EQ(server.requests().at(0).line, "GET /pot?x=1 HTTP/1.1");
}

TEST_F(CurlTransportTest, SendsMethodHeadersAndBodyAsGiven) {
  struct Case {
    std::string method;
    std::string body;
    std::string content_length;
  };
  const std::vector<Case> cases = {{"GET", "", ""},   {"POST", "{\"a\":1}", "7"}, {"POST", "", "0"},   {"PUT", "", "0"},
                                   {"PUT", "x", "1"}, {"DELETE", "", ""},         {"DELETE", "x", "1"}};
  RawServer server(loop_, [](const RawRequest&) { return http_reply(200, "ok"); });
  for (const Case& c : cases) {
    HttpRequest request;
    request.method = c.method;
    request.url = server.url("/p");
    request.body = c.body;
    request.headers = {{"X-Empty", ""}, {"Authorization", "Bearer t"}};
    ASSERT_TRUE(send(std::move(request))) << c.method;
    const RawRequest& seen = server.requests().back();
    EXPECT_EQ(seen.line, c.method + " /p HTTP/1.1");
    EXPECT_EQ(seen.body, c.body) << c.method;
    EXPECT_EQ(seen.header("content-length"), c.content_length) << c.method;
    EXPECT_EQ(seen.header("content-type"), "") << c.method;
    EXPECT_EQ(seen.header("authorization"), "Bearer t");
    EXPECT_THAT(seen.head, HasSubstr("X-Empty:"));
  }
}

TEST_F(CurlTransportTest, KeepsOneConnectionForManyCalls) {
  RawServer server(loop_, [](const RawRequest&) { return http_reply(200, "ok"); });
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(get(server.url()));
  EXPECT_EQ(server.requests().size(), 20U);
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(CurlTransportTest, RunsManyCallsSideBySide) {
  RawServer server(loop_, [](const RawRequest& request) { return http_reply(200, request.line); });
  std::vector<boost::asio::awaitable<Result<HttpResponse>>> calls;
  for (int i = 0; i < 500; ++i) {
    HttpRequest request;
    request.url = server.url("/" + std::to_string(i));
    calls.push_back(http_.send(std::move(request), clock_.now() + seconds(20)));
  }
  const auto replies = test::run(loop_, gather(std::move(calls)));
  for (std::size_t i = 0; i < replies.size(); ++i) {
    ASSERT_TRUE(replies[i]) << replies[i].error().message;
    EXPECT_EQ(replies[i]->body, "GET /" + std::to_string(i) + " HTTP/1.1");
  }
  EXPECT_LE(server.connections(), CurlOptions{}.max_connections_per_host);
}

TEST_F(CurlTransportTest, AnInterimReplyIsNotTheReply) {
  RawServer server(loop_, [](const RawRequest&) {
    return RawReply{.bytes = "HTTP/1.1 103 Early\r\nX-Early: 1\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"};
  });
  const auto reply = get(server.url());
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 200);
  EXPECT_EQ(reply->header("x-early"), "");
}

TEST_F(CurlTransportTest, DoesNotFollowRedirects) {
  RawServer server(loop_, [](const RawRequest&) { return http_reply(302, "", "Location: /elsewhere\r\n"); });
  const auto reply = get(server.url());
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 302);
  EXPECT_EQ(server.requests().size(), 1U);
}

// What a failing exchange is called decides whether it may be repeated.
TEST_F(CurlTransportTest, FailuresHaveTheirKind) {
  struct Case {
    std::string name;
    RawReply reply;
    ErrorKind kind;
  };
  const std::vector<Case> cases = {
      {"reset before the reply", {.bytes = "", .then = Then::kReset}, ErrorKind::kUnknownOutcome},
      {"closed before the reply", {.bytes = "", .then = Then::kClose}, ErrorKind::kUnknownOutcome},
      {"closed in the head", {.bytes = "HTTP/1.1 200 OK\r\nConte", .then = Then::kClose}, ErrorKind::kUnknownOutcome},
      {"closed in the body",
       {.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", .then = Then::kClose},
       ErrorKind::kUnknownOutcome},
      {"not HTTP", {.bytes = "220 smtp.example.test ESMTP\r\n\r\n", .then = Then::kClose}, ErrorKind::kUnknownOutcome},
      {"hangs before the reply", {.bytes = "", .then = Then::kHang}, ErrorKind::kUnknownOutcome},
      {"hangs in the head", {.bytes = "HTTP/1.1 200 OK\r\n", .then = Then::kHang}, ErrorKind::kUnknownOutcome},
      {"hangs in the body",
       {.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", .then = Then::kHang},
       ErrorKind::kUnknownOutcome},
      {"drips for longer than the deadline",
       {.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + std::string(100000, 'x'), .drip = true},
       ErrorKind::kUnknownOutcome},
      {"bad gzip",
       {.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Encoding: gzip\r\n\r\nabc"},
       ErrorKind::kMalformed},
  };
  for (const Case& c : cases) {
    RawServer server(loop_, [&](const RawRequest&) { return c.reply; });
    const auto reply = send(post(server.url("/p?secret=1")), milliseconds(300));
    ASSERT_FALSE(reply) << c.name;
    EXPECT_EQ(reply.error().kind, c.kind) << c.name << ": " << reply.error().message;
    EXPECT_THAT(reply.error().message, HasSubstr("POST " + server.url("/p"))) << c.name;
    EXPECT_THAT(reply.error().message, Not(HasSubstr("secret"))) << c.name;
    EXPECT_EQ(server.requests().size(), 1U) << c.name;
  }
}

TEST_F(CurlTransportTest, NothingSentIsUnavailable) {
  std::uint16_t closed_port = 0;
  {
    RawServer gone(loop_, [](const RawRequest&) { return http_reply(200, ""); });
    closed_port = gone.port();
  }
  const auto reply = get("http://127.0.0.1:" + std::to_string(closed_port) + "/x?token=t");
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().kind, ErrorKind::kUnavailable) << reply.error().message;
  EXPECT_THAT(reply.error().message, Not(HasSubstr("token")));
}

TEST_F(CurlTransportTest, UnusableRequestsAreInvalid) {
  struct Case {
    std::string name;
    HttpRequest request;
  };
  const std::vector<Case> cases = {
      {"no scheme", {.url = "nonsense"}},
      {"a scheme that is not HTTP", {.url = "file:///etc/passwd"}},
      {"a port out of range", {.url = "http://127.0.0.1:99999/"}},
      {"a line break in the URL", {.url = "http://127.0.0.1:1/a\r\nX-Evil: 1"}},
      {"a line break in a header", {.url = "http://127.0.0.1:1/", .headers = {{"A", "b\r\nX-Evil: 1"}}}},
      {"a header without a name", {.url = "http://127.0.0.1:1/", .headers = {{"", "b"}}}},
      {"a method with a space", {.method = "GET /x", .url = "http://127.0.0.1:1/"}},
  };
  for (const Case& c : cases) {
    const auto reply = send(c.request);
    ASSERT_FALSE(reply) << c.name;
    EXPECT_EQ(reply.error().kind, ErrorKind::kInvalid) << c.name << ": " << reply.error().message;
  }
}

TEST_F(CurlTransportTest, ADeadlineInThePastSendsNothing) {
  RawServer server(loop_, [](const RawRequest&) { return http_reply(200, ""); });
  const auto reply = get(server.url(), milliseconds(-1));
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().kind, ErrorKind::kTimeout);
  EXPECT_EQ(server.connections(), 0);
}

TEST_F(CurlTransportTest, ALongReplyIsRefused) {
  RawServer server(loop_, [](const RawRequest&) { return http_reply(200, std::string(100'000, 'x')); });
  for (const std::size_t limit : {99'999U, 100'000U}) {
    HttpRequest request;
    request.url = server.url();
    request.max_response_bytes = limit;
    const auto reply = send(std::move(request));
    ASSERT_EQ(reply.has_value(), limit == 100'000U);
    if (!reply) {
      EXPECT_EQ(reply.error().kind, ErrorKind::kMalformed);
    }
  }
}

// The server reads the second request of a connection and resets it, as one does that acted and crashed, or one that
// closed an idle connection in that very moment. A change must not be sent again; a read may.
TEST_F(CurlTransportTest, OnlyReadsAreSentAgainWhenAReusedConnectionDies) {
  struct Case {
    std::string method;
    std::string body;
    Then then;
    std::size_t requests;
  };
  const std::vector<Case> cases = {
      {"POST", "{}", Then::kReset, 2}, {"POST", "", Then::kReset, 2},   {"POST", "{}", Then::kClose, 2},
      {"POST", "", Then::kClose, 2},   {"DELETE", "", Then::kReset, 2}, {"GET", "", Then::kReset, 3},
      {"GET", "", Then::kClose, 3},
  };
  for (const Case& c : cases) {
    RawServer server(loop_, [&](const RawRequest& request) {
      const bool dies = request.connection == 1 && requests_on_first_++ > 0;
      return dies ? RawReply{.bytes = "", .then = c.then} : http_reply(200, "ok");
    });
    requests_on_first_ = 0;
    ASSERT_TRUE(get(server.url()));
    HttpRequest request;
    request.method = c.method;
    request.url = server.url();
    request.body = c.body;
    const auto reply = send(std::move(request));
    EXPECT_EQ(server.requests().size(), c.requests) << c.method << " with body \"" << c.body << '"';
    EXPECT_EQ(reply.has_value(), c.method == "GET");
    if (!reply) {
      EXPECT_EQ(reply.error().kind, ErrorKind::kUnknownOutcome) << reply.error().message;
    }
  }
}

TEST_F(CurlTransportTest, CancellingEndsACallAndLeavesTheRestAlone) {
  RawServer server(loop_, [](const RawRequest& request) {
    return request.line.starts_with("GET /hang") ? RawReply{.bytes = "", .then = Then::kHang} : http_reply(200, "ok");
  });
  boost::asio::cancellation_signal signal;
  std::exception_ptr failure;
  bool ended = false;
  HttpRequest hanging;
  hanging.url = server.url("/hang");
  boost::asio::co_spawn(
      loop_, http_.send(std::move(hanging), clock_.now() + seconds(50)),
      boost::asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr error, const Result<HttpResponse>&) {
        failure = std::move(error);
        ended = true;
      }));
  ASSERT_TRUE(get(server.url("/quick")));
  while (server.requests().size() < 2) loop_.run_one();
  EXPECT_FALSE(ended);
  signal.emit(boost::asio::cancellation_type::terminal);
  while (!ended) ASSERT_GT(loop_.run_one(), 0U);
  ASSERT_TRUE(failure);
  try {
    std::rethrow_exception(failure);
  } catch (const boost::system::system_error& error) {
    EXPECT_EQ(error.code(), boost::asio::error::operation_aborted);
  }
  EXPECT_TRUE(get(server.url("/quick")));
}

TEST_F(CurlTransportTest, AnIdleClientLetsTheLoopEnd) {
  {
    RawServer server(loop_, [](const RawRequest&) { return http_reply(200, "ok"); });
    ASSERT_TRUE(get(server.url()));
  }
  loop_.restart();
  loop_.run();  // returns: the kept connection is no reason to go on
}

TEST(CurlTransport, DestroyingItEndsItsCalls) {
  boost::asio::io_context loop;
  SystemClock clock(loop);
  RawServer server(loop, [](const RawRequest&) { return RawReply{.bytes = "", .then = Then::kHang}; });
  auto http = std::make_unique<CurlTransport>(loop, clock);
  std::optional<Result<HttpResponse>> result;
  HttpRequest request;
  request.url = server.url();
  boost::asio::co_spawn(loop, http->send(std::move(request), clock.now() + seconds(50)),
                        [&](const std::exception_ptr&, Result<HttpResponse> reply) { result = std::move(reply); });
  while (server.requests().empty()) loop.run_one();
  http.reset();
  while (!result) ASSERT_GT(loop.run_one(), 0U);
  ASSERT_FALSE(*result);
  EXPECT_EQ(result->error().kind, ErrorKind::kCancelled);
}

// Calls under way when the whole loop goes away: nothing may be touched after its end (a sanitizer's test).
TEST(CurlTransport, OutlivedByItsCalls) {
  boost::asio::io_context loop;
  SystemClock clock(loop);
  RawServer server(loop, [](const RawRequest&) { return RawReply{.bytes = "", .then = Then::kHang}; });
  CurlTransport http(loop, clock);
  HttpRequest request;
  request.url = server.url();
  boost::asio::co_spawn(loop, http.send(std::move(request), clock.now() + seconds(50)), boost::asio::detached);
  while (server.requests().empty()) loop.run_one();
}

}  // namespace
}  // namespace fas::net
