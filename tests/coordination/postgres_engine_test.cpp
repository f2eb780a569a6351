// What is Postgres' own: its tables, rights, locks and connections.
#include <gmock/gmock.h>
#include <libpq-fe.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <optional>
#include <set>
#include <stdexcept>

#include "net/gather.h"
#include "tests/coordination/postgres_backend.h"
#include "tests/support/pgbouncer.h"
#include "tests/support/test_ca.h"

namespace fas::coordination {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;
using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)

// Somebody else's session, in a transaction that ends with it.
class Session {
 public:
  explicit Session(const test::PostgresServer& server)
      : connection_(PQconnectdb(("host=" + server.folder() + " port=" + std::to_string(server.port()) +
                                 " user=admin dbname=postgres")
                                    .c_str()),
                    &PQfinish) {
    run("BEGIN");
  }
  void run(const std::string& sql) {
    const std::unique_ptr<PGresult, void (*)(PGresult*)> result(PQexec(connection_.get(), sql.c_str()), &PQclear);
    if (*PQresultErrorMessage(result.get()) != '\0') throw std::runtime_error(PQresultErrorMessage(result.get()));
  }

 private:
  std::unique_ptr<PGconn, void (*)(PGconn*)> connection_;
};

class PostgresEngineTest : public testing::Test, public EngineTestBase {
 protected:
  static void SetUpTestSuite() {
    if (test::PostgresServer::installed()) server = std::make_unique<test::PostgresServer>();
  }
  static void TearDownTestSuite() { server.reset(); }
  void SetUp() override {
    if (server == nullptr) GTEST_SKIP() << "postgresql is not installed";
  }

  std::unique_ptr<Engine> engine(const std::map<std::string, std::string>& parameters = {}) {
    return postgres_engine(
        loop_, clock_,
        engine_options(*server, testing::UnitTest::GetInstance()->current_test_info()->name(), parameters));
  }

  // What the call answers, once it has.
  template <class T>
  std::shared_ptr<std::optional<T>> start(boost::asio::awaitable<T> call) {
    auto answer = std::make_shared<std::optional<T>>();
    boost::asio::co_spawn(loop_, std::move(call),
                          [answer](const std::exception_ptr&, T value) { answer->emplace(std::move(value)); });
    return answer;
  }
  bool waiting(int sessions) {
    return until([&] {
      return server->run("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'") ==
             std::to_string(sessions);
    });
  }

  static std::unique_ptr<test::PostgresServer> server;
};
std::unique_ptr<test::PostgresServer> PostgresEngineTest::server;

TEST_F(PostgresEngineTest, AllMayMakeTheTablesAtOnce) {
  server->run("CREATE DATABASE fresh");
  std::vector<std::unique_ptr<Engine>> engines;
  std::vector<boost::asio::awaitable<Result<Lease>>> joins;
  for (int i = 0; i < 6; ++i) engines.push_back(engine({{"dbname", "fresh"}}));
  EXPECT_THAT(view(*engines[0]).members, IsEmpty()) << "before there is a table";
  for (int i = 0; i < 6; ++i) {
    Member member{.name = "m" + std::to_string(i), .address = {}, .lease = {}};
    joins.push_back(engines[static_cast<std::size_t>(i)]->join(std::move(member), 20s, in()));
  }
  for (const Result<Lease>& lease : run(net::gather(std::move(joins)))) EXPECT_TRUE(lease) << lease.error().message;
  EXPECT_EQ(view(*engines[0]).members.size(), 6U);
}

TEST_F(PostgresEngineTest, RightsOnTheTablesAreEnough) {
  ASSERT_TRUE(join(*engine(), "maker"));
  server->run(
      "CREATE ROLE plain LOGIN PASSWORD 'plain-s3cret'; CREATE ROLE stranger LOGIN PASSWORD 'plain-s3cret';"
      "GRANT SELECT, INSERT, UPDATE, DELETE ON fly_autoscaler_members, fly_autoscaler_apps TO plain");
  server->run("CREATE DATABASE empty");
  const auto plain = engine({{"user", "plain"}, {"password", "plain-s3cret"}});
  const Lease lease = join(*plain, "plain").value();
  EXPECT_THAT(names(claim(*plain, lease, {"x"})), ElementsAre("x"));
  EXPECT_EQ(view(*plain).owners.size(), 1U);
  for (const char* database : {"postgres", "empty"}) {
    const auto stranger = engine({{"user", "stranger"}, {"password", "plain-s3cret"}, {"dbname", database}});
    const Result<Lease> refused = join(*stranger, "stranger");
    ASSERT_FALSE(refused) << database;
    EXPECT_EQ(refused.error().kind, ErrorKind::kUnauthorized) << database;
    EXPECT_THAT(refused.error().message, HasSubstr("GRANT SELECT")) << database;
  }
}

TEST_F(PostgresEngineTest, ErrorsNameServerAndRemedy) {
  struct Case {
    std::map<std::string, std::string> parameters;
    ErrorKind kind;
    std::string_view says;
  };
  server->run("CREATE DATABASE replica");
  server->run("ALTER DATABASE replica SET default_transaction_read_only = on");
  for (const Case& c : std::initializer_list<Case>{
           {{{"password", "wrong-s3cret"}}, ErrorKind::kUnauthorized, "check user and password"},
           {{{"dbname", "nowhere"}}, ErrorKind::kInvalid, "check the database's name"},
           {{{"dbname", "replica"}}, ErrorKind::kUnavailable, "read-only"}}) {
    const Result<Lease> refused = join(*engine(c.parameters), "a");
    ASSERT_FALSE(refused) << c.says;
    EXPECT_EQ(refused.error().kind, c.kind) << refused.error().message;
    EXPECT_THAT(refused.error().message, HasSubstr("postgres 127.0.0.1:" + std::to_string(server->port()) + "/"));
    EXPECT_THAT(refused.error().message, HasSubstr(std::string(c.says)));
    EXPECT_THAT(refused.error().message, Not(HasSubstr("s3cret")));
  }
}

TEST_F(PostgresEngineTest, CallsGoOnAfterTheirSessionsAreEnded) {
  const auto one = engine();
  const Lease a = join(*one, "a").value();
  const Holdings held = claim(*one, a, {"x"});
  for (int i = 0; i < 3; ++i) {
    server->run(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name <> '' OR client_port > 0");
    EXPECT_TRUE(run(one->renew(a, in())));
    EXPECT_EQ(claim(*one, a, {"x"}), held);
  }
}

// The claim's snapshot is older than the lease that it meets at the second app.
TEST_F(PostgresEngineTest, WhoJoinsDuringAClaimKeepsWhatItTakes) {
  const auto one = engine();
  const auto two = engine();
  const Lease a = join(*one, "a").value();
  const Holdings free = claim(*one, a, {"x", "y"});
  ASSERT_TRUE(run(one->release(a, free, in())));
  std::optional<Session> other(*server);
  other->run(
      "SELECT FROM fly_autoscaler_apps WHERE app = 'x' AND grp = 'WhoJoinsDuringAClaimKeepsWhatItTakes' FOR UPDATE");
  std::vector<std::string> both = {"x", "y"};
  const auto claimed = start(one->claim(a, both, in()));
  ASSERT_TRUE(waiting(1));
  const Lease b = join(*two, "b").value();
  ASSERT_THAT(names(claim(*two, b, {"y"})), ElementsAre("y"));
  other.reset();
  ASSERT_TRUE(until([&] { return claimed->has_value(); }));
  EXPECT_THAT(names((*claimed)->value()), ElementsAre("x"));
  EXPECT_THAT(view(*one).owners, ElementsAre(Pair("x", a), Pair("y", b)));
}

TEST_F(PostgresEngineTest, NothingIsTakenUnderALeaseThatHasEnded) {
  const auto one = engine();
  const auto two = engine();
  const Lease a = join(*one, "a").value();
  const Lease b = join(*two, "b").value();
  ASSERT_TRUE(run(one->release(a, claim(*one, a, {"x"}), in())));
  std::optional<Session> other(*server);
  other->run(
      "SELECT FROM fly_autoscaler_apps WHERE app = 'x' AND grp = 'NothingIsTakenUnderALeaseThatHasEnded' FOR UPDATE");
  std::vector<std::string> x = {"x"};
  const auto claimed = start(one->claim(a, x, in()));
  ASSERT_TRUE(waiting(1));
  const auto left = start(two->leave(a, in()));
  ASSERT_TRUE(waiting(2)) << "the lease ends after the claim";
  EXPECT_TRUE(run(one->renew(a, in()))) << "which keeps nobody from renewing";
  other.reset();
  ASSERT_TRUE(until([&] { return claimed->has_value() && left->has_value(); }));
  EXPECT_THAT(names((*claimed)->value()), ElementsAre("x"));
  EXPECT_TRUE((*left)->has_value());
  EXPECT_THAT(view(*two).owners, IsEmpty());
  EXPECT_THAT(names(claim(*two, b, {"x"})), ElementsAre("x"));
}

TEST_F(PostgresEngineTest, ARenewalThatComesFirstKeepsTheLease) {
  const auto one = engine();
  const auto two = engine();
  const Lease a = join(*one, "a", 1h).value();
  server->run("UPDATE fly_autoscaler_members SET expires = clock_timestamp() - interval '1 s' WHERE lease = '" + a +
              "'");
  std::optional<Session> other(*server);  // in place of a renewal that has been made, and not yet committed
  other->run("UPDATE fly_autoscaler_members SET expires = clock_timestamp() + ttl WHERE lease = '" + a + "'");
  const auto viewed = start(two->view(in()));
  ASSERT_TRUE(waiting(1));
  other->run("COMMIT");
  ASSERT_TRUE(until([&] { return viewed->has_value(); }));
  EXPECT_EQ((*viewed)->value().members.size(), 1U);
  EXPECT_TRUE(run(one->renew(a, in())));
}

TEST_F(PostgresEngineTest, WhatIsGivenUpDoesNotWaitAtTheServer) {
  const auto one = engine();
  const Lease a = join(*one, "a").value();
  {
    Session other(*server);
    other.run("LOCK TABLE fly_autoscaler_members");
    const Result<void> renewed = run(one->renew(a, in(200ms)));
    ASSERT_FALSE(renewed);
    EXPECT_EQ(renewed.error().kind, ErrorKind::kUnknownOutcome) << renewed.error().message;
    EXPECT_TRUE(waiting(0));
  }
  EXPECT_TRUE(run(one->renew(a, in())));
}

TEST_F(PostgresEngineTest, WhatTheServerUndoesIsRepeated) {
  server->run("CREATE DATABASE strict");
  server->run("ALTER DATABASE strict SET default_transaction_isolation = 'serializable'");
  std::vector<std::unique_ptr<Engine>> engines;
  std::vector<Lease> leases;
  std::vector<boost::asio::awaitable<Result<Holdings>>> claims;
  for (int i = 0; i < 4; ++i) engines.push_back(engine({{"dbname", "strict"}}));
  for (int i = 0; i < 4; ++i) leases.push_back(join(*engines[static_cast<std::size_t>(i)], std::to_string(i)).value());
  for (std::size_t i = 0; i < 4; ++i) {
    std::vector<std::string> apps = {"x", "y", "z"};
    claims.push_back(engines[i]->claim(leases[i], std::move(apps), in()));
  }
  std::size_t taken = 0;
  for (const Result<Holdings>& holdings : run(net::gather(std::move(claims)))) {
    ASSERT_TRUE(holdings) << holdings.error().message;
    taken += holdings->size();
  }
  EXPECT_EQ(taken, 3U);
}

TEST_F(PostgresEngineTest, AJoinWithoutAnAnswerDoesNotKeepTheName) {
  const auto one = engine();
  ASSERT_TRUE(run(one->leave(join(*one, "same").value(), in())));
  // Some of these end before the row is there, some after. One that comes late is ended by the join after.
  int well = 0;
  for (Duration time = 100us; well < 3; time += 100us) {
    Member member{.name = "same", .address = {}, .lease = {}};
    const Result<Lease> first = run(one->join(std::move(member), 600s, in(time)));
    Result<Lease> lease = first;
    ASSERT_TRUE(lease || until([&] {
                  lease = join(*one, "same", 600s);
                  return lease.has_value();
                }))
        << time / 1us << ": " << lease.error().message;
    ASSERT_TRUE(run(one->leave(*lease, in())));
    if (first) ++well;
  }
}

// All statements, of whichever client, go by turns through one session.
TEST_F(PostgresEngineTest, APoolerMayGiveEachStatementToAnotherSession) {
  if (!test::Pgbouncer::installed()) GTEST_SKIP() << "pgbouncer is not installed";
  const test::Pgbouncer pooler(*server);
  constexpr std::size_t kMembers = 4;
  std::vector<std::unique_ptr<Engine>> engines;
  std::vector<Lease> leases;
  std::vector<boost::asio::awaitable<Result<Holdings>>> claims;
  for (std::size_t i = 0; i < kMembers; ++i) {
    PostgresEngineOptions options = engine_options(*server, "pooled");
    options.server.hosts.front().port = std::to_string(pooler.port());
    engines.push_back(postgres_engine(loop_, clock_, std::move(options)));
    const Result<Lease> lease = join(*engines[i], "m" + std::to_string(i));
    ASSERT_TRUE(lease) << lease.error().message;
    leases.push_back(*lease);
  }
  std::vector<std::string> apps;
  for (int i = 0; i < 100; ++i) apps.push_back("app" + std::to_string(i));
  for (std::size_t i = 0; i < kMembers; ++i) {
    std::ranges::rotate(apps, apps.begin() + 30);
    claims.push_back(engines[i]->claim(leases[i], apps, in()));
  }
  std::vector<Result<Holdings>> held = run(net::gather(std::move(claims)));
  std::size_t taken = 0;
  for (std::size_t i = 0; i < kMembers; ++i) {
    ASSERT_TRUE(held[i]) << held[i].error().message;
    taken += held[i]->size();
    for (auto& [app, holding] : *held[i]) holding.memory = std::string(1, static_cast<char>('0' + i));
    EXPECT_THAT(run(engines[i]->save(leases[i], *held[i], in())).value(), IsEmpty());
    EXPECT_TRUE(run(engines[i]->renew(leases[i], in())));
  }
  EXPECT_EQ(taken, apps.size());
  EXPECT_EQ(view(*engines[0]).owners.size(), apps.size());
}

TEST(PostgresEngineTls, IsAsked) {
  if (!test::PostgresServer::installed()) GTEST_SKIP() << "postgresql is not installed";
  struct Calls : EngineTestBase {
    boost::asio::io_context& loop() { return loop_; }
    Clock& clock() { return clock_; }
  } calls;
  const test::TestCa ca;
  const test::TestCa::Identity identity = ca.issue("IP:127.0.0.1");
  const test::PostgresServer server(&identity);
  for (const bool known : {true, false}) {
    PostgresEngineOptions options = engine_options(server, "tls", {{"sslmode", "verify-full"}});
    auto tls = std::make_shared<net::TlsSettings>();
    tls->ca = known ? ca.pem() : test::TestCa().pem();
    options.server.tls = tls;
    const Result<Lease> lease = calls.join(*postgres_engine(calls.loop(), calls.clock(), std::move(options)), "a");
    EXPECT_EQ(lease.has_value(), known) << (lease ? "" : lease.error().message);
  }
  PostgresEngineOptions options = engine_options(server, "tls");
  auto tls = std::make_shared<net::TlsSettings>();
  tls->ca = "-----BEGIN CERTIFICATE-----\nnothing\n-----END CERTIFICATE-----\n";
  options.server.tls = tls;
  const auto refused = make_postgres_engine(calls.loop(), calls.clock(), std::move(options));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kInvalid);
}

}  // namespace
}  // namespace fas::coordination
