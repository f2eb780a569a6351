// What only the engine etcd promises: clusters, TLS, etcd's own users.
#include <gmock/gmock.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <memory>
#include <optional>

#include "coordination/engines.h"
#include "tests/coordination/engine_fixture.h"
#include "tests/support/etcd_server.h"
#include "tests/support/test_ca.h"

namespace fas::coordination {
namespace {

using test::EtcdServer;
using testing::AllOf;
using testing::AnyOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;
using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)

class EtcdTest : public testing::Test, public EngineTestBase {
 protected:
  void SetUp() override {
    if (!EtcdServer::installed()) GTEST_SKIP() << "etcd is not installed";
  }

  std::unique_ptr<Engine> engine(EtcdOptions options) {
    options.group = "group";
    Result<std::unique_ptr<Engine>> made = make_etcd_engine(loop_, clock_, std::move(options));
    EXPECT_TRUE(made) << made.error().message;
    return std::move(*made);
  }
  std::unique_ptr<Engine> engine(const EtcdServer& server) { return engine({.endpoints = server.endpoints()}); }

  Error refusal(Engine& engine, Duration time = 2s) {
    const Result<View> view = run(engine.view(in(time)));
    EXPECT_FALSE(view);
    return view ? Error{} : view.error();
  }

  std::shared_ptr<bool> wait_for_change(Engine& engine) {
    auto ended = std::make_shared<bool>(false);
    boost::asio::co_spawn(loop_, engine.changed(in(1h)), [ended](const std::exception_ptr&) { *ended = true; });
    return ended;
  }

  // Joins, takes an app, sees itself.
  void expect_usable(Engine& engine, const std::string& name = "a") {
    const Result<Lease> lease = join(engine, name);
    ASSERT_TRUE(lease) << lease.error().message;
    EXPECT_EQ(claim(engine, *lease, {"app of " + name}).size(), 1U);
    EXPECT_TRUE(run(engine.renew(*lease, in())));
    EXPECT_EQ(view(engine).owners["app of " + name], *lease);
    ASSERT_TRUE(run(engine.leave(*lease, in())));
  }
};

TEST_F(EtcdTest, ALeaderDies) {
  EtcdServer server({.size = 3});
  const auto one = engine(server);
  const auto two = engine(server);
  const Lease a = join(*one, "a", 60s).value();
  ASSERT_EQ(claim(*one, a, {"x"}).size(), 1U);
  view(*one);
  const auto woken = wait_for_change(*one);
  const std::size_t leader = server.leader();
  server.kill(leader);
  EXPECT_TRUE(run(one->renew(a, in())));
  EXPECT_EQ(claim(*one, a, {"x", "y"}).size(), 2U);
  EXPECT_THAT(view(*two).owners, ElementsAre(Pair("x", a), Pair("y", a)));
  EXPECT_TRUE(until([&] { return *woken; }));
  server.restart(leader);
  view(*one);
  const auto again = wait_for_change(*one);
  ASSERT_TRUE(join(*two, "b"));
  EXPECT_TRUE(until([&] { return *again; }));
}

TEST_F(EtcdTest, AServerThatHangsCostsAPartOfTheTimeOnly) {
  EtcdServer server({.size = 3});
  const std::size_t other = (server.leader() + 1) % 3;
  const std::vector<std::string> all = server.endpoints();
  const auto one = engine({.endpoints = {all[other], all[(other + 1) % 3], all[(other + 2) % 3]}});
  const Lease a = join(*one, "a", 60s).value();
  view(*one);
  const auto woken = wait_for_change(*one);
  loop_.restart();
  loop_.run_for(200ms);  // for the watch to be open
  server.pause(other);
  const TimePoint paused = clock_.now();
  EXPECT_TRUE(run(one->renew(a, in(6s))));
  EXPECT_EQ(claim(*one, a, {"x"}).size(), 1U);
  EXPECT_TRUE(until([&] { return *woken; })) << "the watch goes elsewhere as well";
  EXPECT_LT(clock_.now() - paused, 14s) << "only then is the connection known to be dead";
  EXPECT_EQ(view(*one).members.size(), 1U);
  server.resume(other);
}

TEST_F(EtcdTest, WithoutAMajorityNothingIsAgreed) {
  EtcdServer server({.size = 3});
  const auto one = engine(server);
  const Lease a = join(*one, "a", 60s).value();
  server.kill(0);
  server.kill(1);
  const Error error = refusal(*one, 3s);
  EXPECT_THAT(error.kind, AnyOf(ErrorKind::kUnavailable, ErrorKind::kTimeout)) << error.message;
  EXPECT_THAT(error.message, HasSubstr("etcd 127.0.0.1:"));
  server.restart(0);
  EXPECT_TRUE(until([&] { return run(one->renew(a, in())).has_value(); }));
}

TEST_F(EtcdTest, AnotherClusterIsRefused) {
  EtcdServer one_cluster;
  EtcdServer other_cluster;
  const auto one = engine({.endpoints = {one_cluster.endpoints()[0], other_cluster.endpoints()[0]}});
  const Lease a = join(*one, "a").value();
  one_cluster.pause(0);
  const Result<void> renewed = run(one->renew(a, in(3s)));
  ASSERT_FALSE(renewed);
  EXPECT_EQ(renewed.error().kind, ErrorKind::kInvalid) << "not that the lease has ended: " << renewed.error().message;
  EXPECT_THAT(renewed.error().message, HasSubstr("another cluster"));
  one_cluster.resume(0);
  EXPECT_TRUE(run(one->renew(a, in())));
}

TEST_F(EtcdTest, AJoinWhoseAnswerIsLostDoesNotKeepTheName) {
  EtcdServer server;
  const auto one = engine(server);
  view(*one);
  // Some of these end before the lease is granted, some after, some when the member has it already.
  int well = 0;
  for (Duration time = 100us; well < 3 && time < 50ms; time += 100us) {
    Member member{.name = "same", .address = {}, .lease = {}};
    const Result<Lease> first = run(one->join(std::move(member), 600s, in(time)));
    const Result<Lease> lease = first ? first : join(*one, "same", 600s);
    ASSERT_TRUE(lease) << time / 1us << ": " << lease.error().message;
    ASSERT_TRUE(run(one->leave(*lease, in())));
    if (first) ++well;
  }
  EXPECT_EQ(well, 3);
}

TEST_F(EtcdTest, ACancelledCallLeavesTheWatchOpen) {
  EtcdServer server;
  const auto one = engine(server);
  const auto two = engine(server);
  view(*one);
  const auto woken = wait_for_change(*one);
  EXPECT_FALSE(*woken);
  for (int i = 0; i < 20; ++i) {
    boost::asio::cancellation_signal cancel;
    bool done = false;
    bool emitted = false;
    boost::asio::co_spawn(loop_, one->view(in()),
                          boost::asio::bind_cancellation_slot(
                              cancel.slot(), [&](const std::exception_ptr&, const Result<View>&) { done = true; }));
    // From within the loop, where it takes effect at once.
    boost::asio::post(loop_, [&] {
      cancel.emit(boost::asio::cancellation_type::terminal);
      emitted = true;
    });
    ASSERT_TRUE(until([&] { return done && emitted; }));
  }
  loop_.restart();
  loop_.run_for(1200ms);
  EXPECT_FALSE(*woken) << "who has no watch looks after a second";
  ASSERT_TRUE(join(*two, "b"));
  EXPECT_TRUE(until([&] { return *woken; }));
}

TEST_F(EtcdTest, AnEngineEndsWhileItsServerHangs) {
  EtcdServer server;
  auto one = engine(server);
  view(*one);
  const auto woken = wait_for_change(*one);
  loop_.restart();
  loop_.run_for(50ms);
  server.pause(0);
  const TimePoint begin = clock_.now();
  one.reset();
  EXPECT_LT(clock_.now() - begin, 4s) << "it waits 5 s for a call that nobody has cancelled";
  server.resume(0);
}

TEST_F(EtcdTest, Tls) {
  const test::TestCa ca;
  const test::TestCa other_ca;
  EtcdServer server({.tls = ca.issue("IP:127.0.0.1"), .client_ca = ca.pem()});
  const test::TestCa::Identity client = ca.issue("DNS:client.test");
  const auto with = [&](std::optional<net::TlsSettings> tls) {
    EtcdOptions options{.endpoints = server.endpoints()};
    if (tls) options.tls = std::make_shared<net::TlsSettings>(std::move(*tls));
    return engine(std::move(options));
  };
  expect_usable(*with(net::TlsSettings{.ca = ca.pem(), .cert = client.cert, .key = client.key}), "verified");
  expect_usable(*with(net::TlsSettings{.cert = client.cert, .key = client.key, .insecure_skip_verify = true}),
                "unverified");
  struct Case {
    std::string_view name;
    std::optional<net::TlsSettings> tls;
  };
  for (const Case& c : std::initializer_list<Case>{
           {"another authority", net::TlsSettings{.ca = other_ca.pem(), .cert = client.cert, .key = client.key}},
           {"no certificate of ours", net::TlsSettings{.ca = ca.pem()}},
           {"plain text", std::nullopt}}) {
    SCOPED_TRACE(c.name);
    const Error error = refusal(*with(c.tls));
    EXPECT_THAT(error.kind, AnyOf(ErrorKind::kUnavailable, ErrorKind::kTimeout));
    EXPECT_THAT(error.message, AllOf(HasSubstr(server.endpoints()[0]), HasSubstr("TLS")));
  }
  EtcdOptions broken{.endpoints = server.endpoints(),
                     .tls = std::make_shared<net::TlsSettings>(net::TlsSettings{.ca = "-----BEGIN nothing"})};
  const auto made = make_etcd_engine(loop_, clock_, std::move(broken));
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().kind, ErrorKind::kInvalid);
}

TEST_F(EtcdTest, UsersAndPasswords) {
  EtcdServer server;
  const auto of = [&](std::string user, std::string password) {
    return engine({.endpoints = server.endpoints(), .user = std::move(user), .password = std::move(password)});
  };
  EXPECT_EQ(refusal(*of("scaler", "s3cret")).kind, ErrorKind::kInvalid) << "there are no users yet";
  server.control({"user", "add", "root:r00t"});
  server.control({"user", "grant-role", "root", "root"});
  server.control({"user", "add", "scaler:s3cret"});
  server.control({"user", "add", "nobody:s3cret"});
  server.control({"role", "add", "scaler"});
  server.control({"role", "grant-permission", "scaler", "--prefix=true", "readwrite", "fly-autoscaler/"});
  server.control({"user", "grant-role", "scaler", "scaler"});
  server.control({"auth", "enable"});

  const auto right = of("scaler", "s3cret");
  expect_usable(*right);
  const Lease a = join(*right, "a", 600s).value();
  view(*right);
  const auto woken = wait_for_change(*right);
  ASSERT_TRUE(join(*of("scaler", "s3cret"), "b"));
  EXPECT_TRUE(until([&] { return *woken; })) << "a watch needs the token, too";

  struct Case {
    std::string user, password, remedy;
  };
  for (const Case& c : std::initializer_list<Case>{{"scaler", "wr0ng", "check user and password"},
                                                   {"stranger", "wr0ng", "check user and password"},
                                                   {"", "", "check user and password"},
                                                   {"nobody", "s3cret", "grant the user's role"}}) {
    SCOPED_TRACE(c.user);
    const Error error = refusal(*of(c.user, c.password));
    EXPECT_EQ(error.kind, ErrorKind::kUnauthorized) << error.message;
    EXPECT_THAT(error.message, AllOf(HasSubstr(c.remedy), Not(HasSubstr("s3cret")), Not(HasSubstr("wr0ng"))));
  }

  // A server forgets its tokens when it ends.
  server.kill(0);
  server.restart(0);
  server.wait_for_leader();
  EXPECT_TRUE(run(right->renew(a, in()))) << "that takes no token";
  EXPECT_EQ(claim(*right, a, {"x"}).size(), 1U);
}

}  // namespace
}  // namespace fas::coordination
