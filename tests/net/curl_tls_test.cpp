// TLS, proxies and name resolution of the HTTP client.
#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netdb.h>

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/curl_transport.h"
#include "net/system_clock.h"
#include "tests/support/raw_server.h"
#include "tests/support/run.h"
#include "tests/support/test_ca.h"

namespace {

// The name hang.test resolves only once the test is over.
std::mutex resolver_mutex;
std::condition_variable resolver_wakes;
bool resolver_hangs = true;
int resolver_waiting = 0;

}  // namespace

// Stands before libc's for the whole test program, libcurl's resolver threads included.
extern "C" int getaddrinfo(const char* node, const char* service, const addrinfo* hints, addrinfo** result) {
  if (node != nullptr && std::string_view(node) == "hang.test") {
    std::unique_lock lock(resolver_mutex);
    ++resolver_waiting;
    resolver_wakes.notify_all();
    resolver_wakes.wait(lock, [] { return !resolver_hangs; });
    --resolver_waiting;
    resolver_wakes.notify_all();
    return EAI_NONAME;
  }
  using Resolve = int (*)(const char*, const char*, const addrinfo*, addrinfo**);
  static const auto next_resolver = reinterpret_cast<Resolve>(dlsym(RTLD_NEXT, "getaddrinfo"));
  return next_resolver(node, service, hints, result);
}

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

// An environment variable for the time of a scope.
class ScopedEnv {
 public:
  ScopedEnv(const char* name, const std::string& value) : name_(name) {
    if (const char* old = std::getenv(name)) old_ = old;
    ::setenv(name, value.c_str(), 1);
  }
  ScopedEnv(const ScopedEnv&) = delete;
  ScopedEnv& operator=(const ScopedEnv&) = delete;
  ~ScopedEnv() {
    if (old_.empty()) {
      ::unsetenv(name_);
    } else {
      ::setenv(name_, old_.c_str(), 1);
    }
  }

 private:
  const char* name_;
  std::string old_;
};

class CurlTlsTest : public testing::Test {
 protected:
  Result<HttpResponse> get(std::string url, TlsSettings tls = {}, milliseconds within = seconds(20)) {
    HttpRequest request;
    request.url = std::move(url);
    request.tls = std::make_shared<const TlsSettings>(std::move(tls));
    return test::run(loop_, http_.send(std::move(request), clock_.now() + within));
  }
  static std::string write_file(const std::string& name, const std::string& text) {
    const std::string path = testing::TempDir() + name + "." + std::to_string(::getpid());
    std::ofstream(path) << text;
    return path;
  }

  boost::asio::io_context loop_;
  SystemClock clock_{loop_};
  CurlTransport http_{loop_, clock_};
  test::TestCa ca_;
  test::TestCa other_ca_;
  test::TestCa::Identity local_ = ca_.issue("IP:127.0.0.1");
};

RawReply ok(const RawRequest& /*request*/) { return http_reply(200, "ok"); }

TEST_F(CurlTlsTest, TheServerIsCheckedAgainstTheAuthority) {
  auto context = test::server_context(local_);
  RawServer server(loop_, ok, &context);
  const std::string ca_file = write_file("ca.pem", ca_.pem());
  struct Case {
    std::string name;
    TlsSettings tls;
    std::string url;
    bool good;
  };
  const std::string by_name = "https://localhost:" + std::to_string(server.port());
  const std::vector<Case> cases = {
      {"right, as text", {.ca = ca_.pem()}, server.url(), true},
      {"right, as a file", {.ca = ca_file}, server.url(), true},
      {"wrong", {.ca = other_ca_.pem()}, server.url(), false},
      {"the system's", {}, server.url(), false},
      {"the system's, unchecked", {.insecure_skip_verify = true}, server.url(), true},
      {"right, but for another name", {.ca = ca_.pem()}, by_name, false},
      {"right, and told the name", {.ca = ca_.pem(), .server_name = "127.0.0.1"}, by_name, true},
  };
  for (const Case& c : cases) {
    CurlTransport fresh(loop_, clock_);  // no connection from the case before
    HttpRequest request;
    request.url = c.url;
    request.tls = std::make_shared<const TlsSettings>(c.tls);
    const auto reply = test::run(loop_, fresh.send(std::move(request), clock_.now() + seconds(20)));
    EXPECT_EQ(reply.has_value(), c.good) << c.name << (reply ? "" : ": " + reply.error().message);
    if (!reply) {
      EXPECT_EQ(reply.error().kind, ErrorKind::kUnavailable) << c.name;
      EXPECT_THAT(reply.error().message, HasSubstr("TLS handshake failed")) << c.name;
    }
  }
  EXPECT_THAT(server.requests().back().header("host"), testing::StartsWith("localhost"));
}

TEST_F(CurlTlsTest, AConnectionIsSharedOnlyUnderTheSameSettings) {
  auto context = test::server_context(local_);
  RawServer server(loop_, ok, &context);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(get(server.url(), {.ca = ca_.pem()}));
  EXPECT_EQ(server.connections(), 1);
  EXPECT_FALSE(get(server.url(), {.ca = other_ca_.pem()}));
}

TEST_F(CurlTlsTest, SslCertFileNamesTheAuthorities) {
  auto context = test::server_context(local_);
  RawServer server(loop_, ok, &context);
  const ScopedEnv env("SSL_CERT_FILE", write_file("ssl-cert-file.pem", ca_.pem()));
  EXPECT_TRUE(get(server.url()));
}

TEST_F(CurlTlsTest, SendsAClientCertificate) {
  auto context = test::server_context(local_, ca_.pem());
  RawServer server(loop_, ok, &context);
  const auto client = ca_.issue("DNS:client.test");
  EXPECT_FALSE(get(server.url(), {.ca = ca_.pem()}));
  EXPECT_TRUE(get(server.url(), {.ca = ca_.pem(), .cert = client.cert, .key = client.key}));
  EXPECT_TRUE(get(server.url(), {.ca = ca_.pem(), .cert = client.cert + client.key}));
  EXPECT_TRUE(get(
      server.url(),
      {.ca = ca_.pem(), .cert = write_file("client.pem", client.cert), .key = write_file("client.key", client.key)}));
}

TEST_F(CurlTlsTest, UnusableMaterialIsInvalid) {
  auto context = test::server_context(local_);
  RawServer server(loop_, ok, &context);
  const std::string nonsense = "-----BEGIN CERTIFICATE-----\nsecret nonsense\n-----END CERTIFICATE-----\n";
  struct Case {
    std::string name;
    TlsSettings tls;
  };
  const std::vector<Case> cases = {
      {"no such authority file", {.ca = "/nowhere/ca.pem"}},
      {"nonsense for an authority", {.ca = nonsense}},
      {"no such certificate", {.ca = ca_.pem(), .cert = "/nowhere/cert.pem"}},
      {"nonsense for a certificate", {.ca = ca_.pem(), .cert = nonsense, .key = nonsense}},
  };
  for (const Case& c : cases) {
    const auto reply = get(server.url(), c.tls);
    ASSERT_FALSE(reply) << c.name;
    EXPECT_EQ(reply.error().kind, ErrorKind::kInvalid) << c.name << ": " << reply.error().message;
    EXPECT_THAT(reply.error().message, Not(HasSubstr("secret"))) << c.name;
  }
  EXPECT_TRUE(server.requests().empty());
}

TEST_F(CurlTlsTest, TheDeadlineEndsAHandshakeThatHangs) {
  auto context = test::server_context(local_);
  RawServer server(loop_, ok, &context);
  server.set_on_accept(RawServer::OnAccept::kIgnore);
  const auto reply = get(server.url(), {.ca = ca_.pem()}, milliseconds(200));
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().kind, ErrorKind::kTimeout) << reply.error().message;
}

TEST_F(CurlTlsTest, AHandshakeThatIsResetIsUnavailable) {
  auto context = test::server_context(local_);
  RawServer server(loop_, ok, &context);
  server.set_on_accept(RawServer::OnAccept::kReset);
  const auto reply = get(server.url(), {.ca = ca_.pem()});
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().kind, ErrorKind::kUnavailable) << reply.error().message;
}

TEST_F(CurlTlsTest, TheConnectTimeoutIsShorterThanTheDeadline) {
  auto context = test::server_context(local_);
  RawServer server(loop_, ok, &context);
  server.set_on_accept(RawServer::OnAccept::kIgnore);
  CurlTransport impatient(loop_, clock_, {.connect_timeout = milliseconds(100)});
  HttpRequest request;
  request.url = server.url();
  const auto reply = test::run(loop_, impatient.send(std::move(request), clock_.now() + seconds(50)));
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().kind, ErrorKind::kUnavailable) << reply.error().message;
}

TEST_F(CurlTlsTest, TheDeadlineEndsANameResolutionThatHangs) {
  const auto reply = get("http://hang.test/", {}, milliseconds(200));
  {
    std::unique_lock lock(resolver_mutex);
    EXPECT_EQ(resolver_waiting, 1) << "the call waited for the resolver";
    resolver_hangs = false;
    resolver_wakes.notify_all();
    resolver_wakes.wait(lock, [] { return resolver_waiting == 0; });
  }
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().kind, ErrorKind::kTimeout) << reply.error().message;
}

TEST_F(CurlTlsTest, TheEnvironmentsProxyIsUsedButNotForLoopback) {
  RawServer proxy(loop_, [](const RawRequest&) { return http_reply(200, "from the proxy"); });
  RawServer server(loop_, ok);
  const ScopedEnv env("http_proxy", proxy.url(""));
  const ScopedEnv none("no_proxy", "direct.test");
  const auto far = get("http://api.example.test/v1");
  ASSERT_TRUE(far) << far.error().message;
  EXPECT_EQ(far->body, "from the proxy");
  EXPECT_EQ(proxy.requests().at(0).line, "GET http://api.example.test/v1 HTTP/1.1");
  const auto near = get(server.url());
  ASSERT_TRUE(near);
  EXPECT_EQ(near->body, "ok");
  EXPECT_FALSE(get("http://direct.test:1/", {}, milliseconds(5000)));
  EXPECT_EQ(proxy.requests().size(), 1U);
}

TEST_F(CurlTlsTest, AProxysPasswordIsNotShown) {
  for (const std::string proxy : {"nonsense://user:hunter2@127.0.0.1:1", "http://user:hunter2@127.0.0.1:1",
                                  "http://user:hunter2@[::bad:1", "user:hunter2@:x:y"}) {
    const ScopedEnv env("http_proxy", proxy);
    const auto reply = get("http://api.example.test/", {}, milliseconds(5000));
    ASSERT_FALSE(reply);
    EXPECT_THAT(reply.error().message, Not(HasSubstr("hunter2"))) << proxy;
  }
}

}  // namespace
}  // namespace fas::net
