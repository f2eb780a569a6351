#include "net/http_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <stdexcept>
#include <string>
#include <thread>

namespace fas::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

std::atomic<int> hanging{0};  // requests to /hang that have begun

std::atomic<int> streaming{0};  // streams whose coroutine runs
struct Streaming {
  Streaming() { ++streaming; }
  Streaming(const Streaming&) = delete;
  Streaming& operator=(const Streaming&) = delete;
  ~Streaming() { --streaming; }
};

asio::awaitable<ServerResponse> echo(const ServerRequest& request) {
  if (request.path == "/throw") throw std::runtime_error("secret detail");
  ServerResponse response;
  if (request.path == "/hang") {
    ++hanging;
    asio::steady_timer timer(co_await asio::this_coro::executor, std::chrono::hours(1));
    co_await timer.async_wait(asio::use_awaitable);
  }
  if (request.path == "/drop") response.drop_connection = true;
  if (request.path == "/empty") response.status = 204;
  if (request.path == "/split") response.headers.emplace_back("X-Bad", "a\r\nX-Injected: b");
  if (request.path == "/stream") {
    response.content_type = "text/event-stream";
    response.stream = [](ResponseStream& out) -> asio::awaitable<void> {
      for (const char* part : {"one ", "two ", "three"}) co_await out.write(part);
    };
    co_return response;
  }
  if (request.path == "/endless") {
    response.stream = [](ResponseStream& out) -> asio::awaitable<void> {
      const Streaming counted;
      while (co_await out.write(std::string(1U << 20U, 'x'))) {
      }
    };
    co_return response;
  }
  if (request.path == "/silent") {
    response.stream = [](ResponseStream& out) -> asio::awaitable<void> {
      const Streaming counted;
      co_await out.write("hello");
      asio::steady_timer timer(co_await asio::this_coro::executor, std::chrono::hours(1));
      co_await timer.async_wait(asio::use_awaitable);
    };
    co_return response;
  }
  if (request.path == "/large") {
    response.body.assign(32U << 20U, 'x');
    co_return response;
  }
  response.content_type = "text/plain";
  response.body = std::string(request.method) + " " + std::string(request.path) + " ? " + std::string(request.query) +
                  " tag=" + std::string(request.header("x-tag")) + " body=" + std::string(request.body);
  co_return response;
}

// A server on a thread of its own, and blocking clients on the test's.
class HttpServerTest : public testing::Test {
 protected:
  void start(ServerOptions options = {}, FastHandler fast = {}) {
    auto started = HttpServer::start(loop_, std::move(options), echo, std::move(fast));
    ASSERT_TRUE(started.has_value()) << started.error().message;
    server_ = std::move(*started);
    thread_ = std::thread([this] { loop_.run(); });
  }
  void TearDown() override {
    if (!thread_.joinable()) return;
    asio::post(loop_, [this] { server_.reset(); });
    thread_.join();  // hangs, and so fails, when the stopped server leaves work on the loop
  }

  tcp::socket connect() {
    tcp::socket socket(client_loop_);
    socket.connect({asio::ip::make_address("127.0.0.1"), server_->port()});
    return socket;
  }
  // Returns when the request is being handled, which it then is for ever.
  tcp::socket connect_and_hang() {
    const int before = hanging;
    tcp::socket socket = connect();
    asio::write(socket, asio::buffer(std::string_view("GET /hang HTTP/1.1\r\nHost: x\r\n\r\n")));
    while (hanging == before) std::this_thread::yield();
    return socket;
  }
  // What the server sends until it closes; "[reset]" in the end when it did not close in order.
  static std::string read_all(tcp::socket& socket) {
    std::string text;
    boost::system::error_code error;
    asio::read(socket, asio::dynamic_buffer(text), error);
    if (error == asio::error::connection_reset) text += "[reset]";
    return text;
  }
  std::string exchange(std::string_view sent) {
    tcp::socket socket = connect();
    boost::system::error_code ignored;
    asio::write(socket, asio::buffer(sent), ignored);
    return read_all(socket);
  }
  std::string get(std::string_view path) {
    return exchange("GET " + std::string(path) + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  }

  asio::io_context loop_{1};
  asio::io_context client_loop_;
  std::unique_ptr<HttpServer> server_;
  std::thread thread_;
};

TEST_F(HttpServerTest, HandsTheRequestOverAndAnswers) {
  start();
  const std::string reply = exchange(
      "POST /a%20b/c?x=1&y=2 HTTP/1.1\r\nHost: x\r\nX-Tag: t\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello");
  EXPECT_THAT(reply, StartsWith("HTTP/1.1 200 OK\r\nDate: "));
  EXPECT_THAT(reply, HasSubstr("\r\nContent-Type: text/plain\r\n"));
  EXPECT_THAT(reply, HasSubstr("\r\nConnection: close\r\n"));
  EXPECT_THAT(reply, EndsWith("\r\n\r\nPOST /a%20b/c ? x=1&y=2 tag=t body=hello"));
}

TEST_F(HttpServerTest, KeepsTheConnectionAndAnswersPipelinedRequestsInOrder) {
  start();
  const std::string reply = exchange(
      "GET /1 HTTP/1.1\r\nHost: x\r\n\r\nPOST /2 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nabc\r\n0\r\n\r\nGET /3 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const std::size_t first = reply.find("GET /1");
  const std::size_t second = reply.find("POST /2 ?  tag= body=abc");
  const std::size_t third = reply.find("GET /3");
  ASSERT_NE(third, std::string::npos) << reply;
  EXPECT_LT(first, second);
  EXPECT_LT(second, third);
}

TEST_F(HttpServerTest, SimpleCases) {
  start();
  struct Case {
    const char* name;
    std::string sent;
    std::string begin, end;
  };
  for (const Case& c : std::initializer_list<Case>{
           {"HEAD has the length and no body", "HEAD /h HTTP/1.1\r\nConnection: close\r\n\r\n", "HTTP/1.1 200 OK\r\n",
            "Connection: close\r\n\r\n"},
           {"204 has no body", "GET /empty HTTP/1.1\r\nConnection: close\r\n\r\n", "HTTP/1.1 204 No Content\r\n",
            "\r\n\r\n"},
           {"HTTP/1.0 closes by itself", "GET /old HTTP/1.0\r\n\r\n", "HTTP/1.1 200 OK\r\n", "GET /old ?  tag= body="},
           {"absolute form", "GET http://h:1/p?q HTTP/1.1\r\nConnection: close\r\n\r\n", "HTTP/1.1 200",
            "GET /p ? q tag= body="},
           {"an exception is a 500 without its text", "GET /throw HTTP/1.1\r\nConnection: close\r\n\r\n",
            "HTTP/1.1 500 Internal Server Error\r\n", "{\"error\": \"internal error\"}\n"},
           {"garbage", "\x16\x03\x01\x02 garbage\r\n\r\n", "HTTP/1.1 400 Bad Request\r\n",
            "{\"error\": \"malformed HTTP request\"}\n"},
           {"expects 100-continue",
            "POST /e HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\nConnection: close\r\n\r\n",
            "HTTP/1.1 100 Continue\r\n\r\n", ""},
       }) {
    if (std::string_view(c.name) == "expects 100-continue") {
      tcp::socket socket = connect();
      asio::write(socket, asio::buffer(c.sent));
      std::string text(c.begin.size(), ' ');
      asio::read(socket, asio::buffer(text));
      EXPECT_EQ(text, c.begin);
      asio::write(socket, asio::buffer(std::string_view("ok")));
      EXPECT_THAT(read_all(socket), EndsWith("body=ok"));
      continue;
    }
    const std::string reply = exchange(c.sent);
    EXPECT_THAT(reply, StartsWith(c.begin)) << c.name;
    EXPECT_THAT(reply, EndsWith(c.end)) << c.name;
  }
}

TEST_F(HttpServerTest, AHeaderValueCannotSplitTheReply) {
  start();
  EXPECT_THAT(get("/split"), HasSubstr("\r\nX-Bad: aX-Injected: b\r\n"));
}

TEST_F(HttpServerTest, TheFastPathAnswersWhatItCanAndLeavesTheRest) {
  start({}, [](const ServerRequest& request, ServerResponse& response) {
    if (request.path != "/fast") return false;
    response.body = "fast";
    return true;
  });
  EXPECT_THAT(get("/fast"), EndsWith("\r\n\r\nfast"));
  EXPECT_THAT(get("/slow"), EndsWith("GET /slow ?  tag= body="));
}

TEST_F(HttpServerTest, LimitsOfHeaderAndBody) {
  ServerOptions options;
  options.max_header_bytes = 1024;
  options.max_body_bytes = 100;
  start(options);
  EXPECT_THAT(exchange("GET / HTTP/1.1\r\nX: " + std::string(5000, 'x') + "\r\n\r\n"), StartsWith("HTTP/1.1 431 "));
  EXPECT_THAT(exchange("GET / HTTP/1.1\r\nX: " + std::string(200'000, 'x')), StartsWith("HTTP/1.1 431 "));
  EXPECT_THAT(exchange("POST / HTTP/1.1\r\nContent-Length: 101\r\n\r\n" + std::string(101, 'x')),
              StartsWith("HTTP/1.1 413 "));
  EXPECT_THAT(exchange("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n80\r\n" +
                       std::string(128, 'x') + "\r\n0\r\n\r\n"),
              StartsWith("HTTP/1.1 413 "));
}

TEST_F(HttpServerTest, APathMayHaveABoundOfItsOwn) {
  ServerOptions options;
  options.max_body_bytes = 10;
  options.body_bound = [](std::string_view path) -> std::size_t { return path == "/large-body" ? 20'000 : 10; };
  start(std::move(options));
  const auto post = [&](const std::string& path, std::size_t size) {
    return exchange("POST " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: " +
                    std::to_string(size) + "\r\n\r\n" + std::string(size, 'b'));
  };
  const auto post_chunks = [&](const std::string& path, int chunks) {
    std::string sent =
        "POST " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (int i = 0; i < chunks; ++i) sent += "5\r\nbbbbb\r\n";
    return exchange(sent + "0\r\n\r\n");
  };
  const std::string ok = "HTTP/1.1 200 ";
  const std::string too_large = "HTTP/1.1 413 ";
  EXPECT_THAT(post("/large-body", 20'000), StartsWith(ok));
  EXPECT_THAT(post("/large-body?a=b", 20'000), StartsWith(ok));
  EXPECT_THAT(post("http://x/large-body", 20'000), StartsWith(ok));
  EXPECT_THAT(post("/large-body", 20'001), StartsWith(too_large));
  EXPECT_THAT(post("/", 10), EndsWith(" body=" + std::string(10, 'b')));
  EXPECT_THAT(post("/", 11), StartsWith(too_large));
  EXPECT_THAT(post("/x?/large-body", 11), StartsWith(too_large));
  EXPECT_THAT(post_chunks("/large-body", 4000), StartsWith(ok));
  EXPECT_THAT(post_chunks("/large-body", 4001), StartsWith(too_large));
  EXPECT_THAT(post_chunks("/", 2), EndsWith(" body=" + std::string(10, 'b')));
  EXPECT_THAT(post_chunks("/", 3), StartsWith(too_large));
  // Nothing is set aside for what is only announced.
  EXPECT_THAT(exchange("POST /large-body HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999\r\n\r\n"),
              StartsWith(too_large));
}

TEST_F(HttpServerTest, ClosesIdleAndSlowClients) {
  ServerOptions options;
  options.idle_timeout = std::chrono::milliseconds(50);
  options.read_timeout = std::chrono::milliseconds(50);
  start(options);
  EXPECT_EQ(exchange(""), "");                                                       // idle from the start
  EXPECT_EQ(exchange("GET / HTT"), "");                                              // never ends its header
  EXPECT_THAT(exchange("GET /k HTTP/1.1\r\nHost: x\r\n\r\n"), HasSubstr("GET /k"));  // idle after a reply
}

TEST_F(HttpServerTest, ClosesAClientThatDoesNotReadItsReply) {
  ServerOptions options;
  options.read_timeout = std::chrono::milliseconds(50);
  start(options);
  tcp::socket socket = connect();
  asio::write(socket, asio::buffer(std::string_view("GET /large HTTP/1.1\r\nHost: x\r\n\r\n")));
  // Reading only after the server has given up: less than the whole has been sent.
  boost::system::error_code error;
  char one = 0;
  while (asio::write(socket, asio::buffer(&one, 1), error) == 1)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  std::string rest;
  asio::read(socket, asio::dynamic_buffer(rest), error);
  EXPECT_LT(rest.size(), 32U << 20U);
}

TEST_F(HttpServerTest, ALargeReplyArrivesWhole) {
  start();
  EXPECT_GT(get("/large").size(), 32U << 20U);
}

TEST_F(HttpServerTest, AStreamArrivesInPartsAndEndsTheConnection) {
  start();
  const std::string reply = exchange("GET /stream HTTP/1.1\r\nHost: x\r\n\r\nGET /late HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_THAT(reply, HasSubstr("\r\nContent-Type: text/event-stream\r\n"));
  EXPECT_THAT(reply, HasSubstr("\r\nConnection: close\r\n"));
  EXPECT_THAT(reply, testing::Not(HasSubstr("Content-Length")));
  EXPECT_THAT(reply, EndsWith("\r\n\r\none two three"));
  EXPECT_THAT(exchange("HEAD /stream HTTP/1.1\r\nHost: x\r\n\r\n"), EndsWith("\r\n\r\n"));
}

TEST_F(HttpServerTest, AStreamEndsWithAClientThatReadsNoMore) {
  ServerOptions options;
  options.read_timeout = std::chrono::milliseconds(100);
  start(options);
  tcp::socket socket = connect();
  asio::write(socket, asio::buffer(std::string_view("GET /endless HTTP/1.1\r\nHost: x\r\n\r\n")));
  while (streaming == 0) std::this_thread::yield();
  while (streaming != 0) std::this_thread::yield();  // hangs, and so fails, when the stream goes on
}

TEST_F(HttpServerTest, AStreamWithNothingToSayStaysUntilTheServerStops) {
  ServerOptions options;
  options.read_timeout = options.idle_timeout = std::chrono::milliseconds(50);
  start(options);
  tcp::socket socket = connect();
  asio::write(socket, asio::buffer(std::string_view("GET /silent HTTP/1.1\r\nHost: x\r\n\r\n")));
  std::string text;
  asio::read_until(socket, asio::dynamic_buffer(text), "hello");
  // An idle connection is closed by the sweep that would close this one, too, were it wrong.
  tcp::socket idle = connect();
  read_all(idle);
  EXPECT_EQ(streaming, 1);
  asio::post(loop_, [this] { server_->stop(); });
  read_all(socket);
  while (streaming != 0) std::this_thread::yield();
}

TEST_F(HttpServerTest, DropResetsTheConnectionWithoutAReply) {
  start();
  EXPECT_EQ(get("/drop"), "[reset]");
}

TEST_F(HttpServerTest, AFullServerGivesUpItsLongestIdleConnectionElseRefuses) {
  ServerOptions options;
  options.max_connections = 2;
  start(options);
  tcp::socket idle = connect();
  tcp::socket busy = connect_and_hang();
  EXPECT_THAT(get("/a"), EndsWith("GET /a ?  tag= body="));
  EXPECT_EQ(read_all(idle), "");  // made room

  tcp::socket busy_too = connect_and_hang();
  EXPECT_THAT(get("/b"), StartsWith("HTTP/1.1 503 "));
}

TEST_F(HttpServerTest, StopEndsHandlersUnderWay) {
  start();
  tcp::socket busy = connect_and_hang();
  asio::post(loop_, [this] { server_->stop(); });
  EXPECT_EQ(read_all(busy), "");
}

TEST(HttpServerListen, Errors) {
  asio::io_context loop;
  for (const char* address : {"9090", "127.0.0.1:http", "::1:80", "127.0.0.1:70000", ""}) {
    ServerOptions options;
    options.listen = address;
    auto started = HttpServer::start(loop, options, echo);
    ASSERT_FALSE(started.has_value()) << address;
    EXPECT_EQ(started.error().kind, ErrorKind::kInvalid) << address;
  }
  auto first = HttpServer::start(loop, {}, echo);
  ASSERT_TRUE(first.has_value());
  ServerOptions options;
  options.listen = "127.0.0.1:" + std::to_string((*first)->port());
  auto second = HttpServer::start(loop, options, echo);
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ(second.error().message, "listen " + options.listen + ": Address already in use");
}

TEST(HttpServerListen, AllInterfaces) {
  asio::io_context loop;
  ServerOptions options;
  options.listen = ":0";
  auto started = HttpServer::start(loop, options, echo);
  ASSERT_TRUE(started.has_value()) << started.error().message;
  tcp::socket socket(loop);
  socket.connect({asio::ip::make_address("127.0.0.1"), (*started)->port()});
}

}  // namespace
}  // namespace fas::net
