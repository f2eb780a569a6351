// The source postgres against a real Postgres.
#include <gtest/gtest.h>

#include "net/gather.h"
#include "tests/metrics/real_loop.h"
#include "tests/support/postgres_server.h"
#include "tests/support/raw_server.h"
#include "tests/support/test_ca.h"

namespace fas::metrics {
namespace {

constexpr std::string_view kPassword = "r3ader-pass/@:";

class RealPostgres : public testing::Test, public RealLoop {
 protected:
  static void SetUpTestSuite() {
    if (!test::PostgresServer::installed()) return;
    server = std::make_unique<test::PostgresServer>();
    server->run("CREATE DATABASE jobs");
    server->run(
        "CREATE ROLE reader LOGIN PASSWORD 'r3ader-pass/@:';"
        "CREATE TABLE queue (name text, depth int, zone text); CREATE TABLE secret (n int);"
        "GRANT SELECT ON queue TO reader",
        "jobs");
  }
  static void TearDownTestSuite() { server.reset(); }
  void SetUp() override {
    if (server == nullptr) GTEST_SKIP() << "postgresql is not installed";
  }

  static Settings reader(const test::PostgresServer& at, const std::string& query) {
    return settings({{"host", text("127.0.0.1")},
                     {"port", std::int64_t{at.port()}},
                     {"user", text("reader")},
                     {"password", text(std::string(kPassword))},
                     {"database", text("jobs")},
                     {"query", text(query)}});
  }
  std::unique_ptr<Source> ask(const std::string& query) { return make("postgres", reader(*server, query)); }

  static std::unique_ptr<test::PostgresServer> server;
};
std::unique_ptr<test::PostgresServer> RealPostgres::server;

TEST_F(RealPostgres, FollowsANumberThatChanges) {
  const auto source = ask("SELECT sum(depth) FROM queue WHERE name = '$APP_NAME'");
  server->run("TRUNCATE queue; INSERT INTO queue VALUES ('worker', 3), ('worker', 4), ('zürich', 50)", "jobs");
  EXPECT_EQ(number(collect(*source)), 7);
  EXPECT_EQ(number(collect(*source, "zürich")), 50);
  server->run("UPDATE queue SET depth = 100", "jobs");
  EXPECT_EQ(number(collect(*source)), 200);
  EXPECT_EQ(message(collect(*source, "nobody")),
            "postgres at 127.0.0.1:" + std::to_string(server->port()) + "/jobs: the query answered NULL");
  EXPECT_EQ(kind_of(collect(*source, "x' OR 'a' = 'a")), ErrorKind::kInvalid);
}

TEST_F(RealPostgres, ValuesOfEveryType) {
  struct Case {
    std::string_view expression;
    double value;
  };
  for (const Case& c : std::initializer_list<Case>{
           {"7", 7},
           {"7::smallint", 7},
           {"9007199254740993::bigint", 9007199254740992},
           {"12.50::numeric", 12.5},
           {"0.1::float4", 0.1},
           {"'-Infinity'::float8", -HUGE_VAL},
           {"true", 1},
           {"1 > 2", 0},
           {"interval '1 day 2 hours 3.5 seconds'", 93603.5},
           {"interval '-90 seconds'", -90},
           {"interval '1 year 2 months'", (365.25 + 60) * 86400},
           {"' 42.5 '::text", 42.5},
       }) {
    EXPECT_EQ(number(collect(*ask("SELECT " + std::string(c.expression)))), c.value) << c.expression;
  }
  for (const auto& [expression, problem] : std::initializer_list<std::pair<std::string_view, std::string_view>>{
           {"'seven'::text", "holds no number: \"seven\""},
           {"now()", "is a date or a time"},
           {"'NaN'::numeric", "the value is NaN"},
           {"array[1]", "holds no number: \"{1}\""},
       }) {
    const auto sample = collect(*ask("SELECT " + std::string(expression)));
    EXPECT_TRUE(says(sample, problem)) << message(sample);
  }
  const auto empty = make("postgres", with(reader(*server, "SELECT 1 WHERE false"), {{"empty-value", 0.0}}));
  EXPECT_EQ(number(collect(*empty)), 0);
  EXPECT_EQ(kind_of(collect(*ask("SELECT 1 WHERE false"))), ErrorKind::kNotFound);
}

TEST_F(RealPostgres, Series) {
  server->run("TRUNCATE queue; INSERT INTO queue VALUES ('a', 1, 'zürich'), ('b', 2, NULL), ('c', NULL, NULL)", "jobs");
  const auto rows = collect(*make(
      "postgres", with(reader(*server, "SELECT name, zone, depth FROM queue ORDER BY name"), {{"series", true}})));
  const Series points = series_of(rows);
  ASSERT_EQ(points.size(), 2U);
  EXPECT_EQ(points[0].labels.at("zone"), "zürich");
  EXPECT_EQ(points[1].labels.at("name"), "b");
  EXPECT_EQ(points[1].value, 2);
  EXPECT_EQ(rows->warnings, std::vector<std::string>{"left out 1 rows whose value is NULL"});
  const auto one = collect(*ask("SELECT depth FROM queue ORDER BY name"));
  EXPECT_EQ(number(one), 1);
  EXPECT_EQ(one->warnings.size(), 1U);
  EXPECT_TRUE(says(collect(*ask("SELECT generate_series(1, 20000)")), "more than 10000 rows"));
}

TEST_F(RealPostgres, ErrorsNameCauseAndRemedy) {
  struct Case {
    std::string_view query;
    ErrorKind kind;
    std::string_view says;
  };
  for (const Case& c : std::initializer_list<Case>{
           {"SELECT 1 FROM nothing", ErrorKind::kNotFound, "relation \"nothing\" does not exist; check the query"},
           {"SELECT n FROM secret", ErrorKind::kUnauthorized, "permission denied for table secret; GRANT SELECT"},
           {"SELEC 1", ErrorKind::kInvalid, "syntax error at or near \"SELEC\""},
           {"SELECT 1/0", ErrorKind::kInvalid, "division by zero"},
           {"INSERT INTO queue VALUES ('x', 1)", ErrorKind::kInvalid, "read-only"},
           {"SELECT 1; DELETE FROM queue", ErrorKind::kInvalid, "multiple commands"},
           {"COMMIT", ErrorKind::kInvalid, "no SELECT"},
           {"COPY queue TO STDOUT", ErrorKind::kInvalid, "COPY"},
       }) {
    const auto source = ask(std::string(c.query));
    for (int time = 0; time < 2; ++time) {  // an error leaves the connection fit for the next question
      const auto sample = collect(*source);
      EXPECT_EQ(kind_of(sample), c.kind) << message(sample);
      EXPECT_TRUE(says(sample, c.says)) << message(sample);
      EXPECT_TRUE(says(sample, "postgres at 127.0.0.1:")) << message(sample);
    }
  }
}

TEST_F(RealPostgres, Credentials) {
  const auto wrong = collect(*make("postgres", with(reader(*server, "SELECT 1"), {{"password", text("wr0ng-pass")}})));
  EXPECT_EQ(kind_of(wrong), ErrorKind::kUnauthorized);
  EXPECT_TRUE(says(wrong, "password authentication failed for user \"reader\"")) << message(wrong);
  EXPECT_FALSE(says(wrong, "wr0ng-pass"));
  const auto other = collect(*make("postgres", with(reader(*server, "SELECT 1"), {{"database", text("nowhere")}})));
  EXPECT_EQ(kind_of(other), ErrorKind::kNotFound) << message(other);

  const std::string at = "127.0.0.1:" + std::to_string(server->port()) + "/jobs";
  const auto by_dsn = [&](const std::string& dsn) {
    return collect(*make("postgres", settings({{"dsn", text(dsn)}, {"query", text("SELECT 5")}})));
  };
  EXPECT_EQ(number(by_dsn("postgres://reader:r3ader-pass%2F%40%3A@" + at + "?sslmode=disable")), 5);
  EXPECT_EQ(number(by_dsn("postgresql://reader:r3ader-pass%2F%40%3A@127.0.0.1:1," + at)), 5);  // the first is dead
  EXPECT_EQ(number(by_dsn("host=localhost port=" + std::to_string(server->port()) +
                          " user=reader password='r3ader-pass/@:' dbname=jobs")),
            5);
  EXPECT_EQ(number(by_dsn("host=" + server->folder() + " port=" + std::to_string(server->port()) +
                          " user=admin dbname=jobs")),
            5);
}

TEST_F(RealPostgres, ComesBackAfterACrash) {
  test::PostgresServer mine;
  const Settings given = settings({{"host", text("127.0.0.1")},
                                   {"port", std::int64_t{mine.port()}},
                                   {"user", text("admin")},
                                   {"password", text("admin-s3cret")},
                                   {"database", text("postgres")},
                                   {"query", text("SELECT 5")}});
  const auto source = make("postgres", given);
  EXPECT_EQ(number(collect(*source)), 5);
  mine.kill();
  const auto away = collect(*source);
  EXPECT_EQ(kind_of(away), ErrorKind::kUnavailable) << message(away);
  EXPECT_TRUE(says(away, "Connection refused")) << message(away);
  mine.restart();
  EXPECT_EQ(number(collect(*source)), 5);
  mine.kill();
  mine.restart();
  EXPECT_EQ(number(collect(*source)), 5);  // the kept connection is dead, and no question is lost
  mine.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'fly-autoscaler'");
  EXPECT_EQ(number(collect(*source)), 5);
}

TEST_F(RealPostgres, KeepsOneConnectionForManyAtOnce) {
  const auto source =
      ask("SELECT count(*) + 0 * length(pg_sleep(0.01)::text) FROM pg_stat_activity "
          "WHERE application_name = 'fly-autoscaler' AND usename = 'reader'");
  std::vector<boost::asio::awaitable<Result<Sample>>> all;
  for (int i = 0; i < 20; ++i) {
    Query query{.app = "worker"};
    all.push_back(source->collect(std::move(query), clock.now() + std::chrono::seconds(20)));
  }
  const std::vector<Result<Sample>> samples = test::run(loop, net::gather(std::move(all)));
  for (const Result<Sample>& sample : samples) EXPECT_EQ(number(sample), 1);
}

TEST_F(RealPostgres, TheDeadlineEndsAQuery) {
  const auto slow = ask("SELECT pg_sleep(CASE WHEN '$APP_NAME' = 'worker' THEN 60 ELSE 0 END) IS NULL");
  const auto late = collect(*slow, "worker", std::chrono::milliseconds(300));
  EXPECT_EQ(kind_of(late), ErrorKind::kTimeout);
  EXPECT_TRUE(says(late, "statement timeout")) << message(late);
  EXPECT_EQ(number(collect(*slow, "other")), 0);

  const test::RawServer silent(loop, [](const test::RawRequest&) { return test::RawReply{}; });
  const Settings given = with(reader(*server, "SELECT 1"), {{"port", std::int64_t{silent.port()}}});
  const auto never = collect(*make("postgres", given), "worker", std::chrono::milliseconds(200));
  EXPECT_EQ(kind_of(never), ErrorKind::kTimeout) << message(never);
}

TEST_F(RealPostgres, CancellingEndsAQuery) {
  const auto source = ask("SELECT pg_sleep(CASE WHEN '$APP_NAME' = 'worker' THEN 60 ELSE 0 END) IS NULL");
  EXPECT_EQ(number(collect(*source, "other")), 0);
  EXPECT_TRUE(ends_when_cancelled(*source));
  EXPECT_EQ(number(collect(*source, "other")), 0);
}

TEST_F(RealPostgres, Tls) {
  const test::TestCa ca;
  const test::TestCa::Identity identity = ca.issue("DNS:db.test");
  const test::PostgresServer secured(&identity);
  const auto over = [&](const Settings& tls) {
    return collect(*make("postgres", settings({{"host", text("127.0.0.1")},
                                               {"port", std::int64_t{secured.port()}},
                                               {"user", text("admin")},
                                               {"password", text("admin-s3cret")},
                                               {"database", text("postgres")},
                                               {"query", text("SELECT ssl FROM pg_stat_ssl WHERE pid = "
                                                              "pg_backend_pid()")},
                                               {"tls", std::make_shared<const Settings>(tls)}})));
  };
  EXPECT_EQ(number(over(settings({{"ca", text(ca.pem())}, {"server-name", text("db.test")}}))), 1);
  const auto wrong_name = over(settings({{"ca", text(ca.pem())}}));
  EXPECT_TRUE(says(wrong_name, "does not match host name \"127.0.0.1\"")) << message(wrong_name);
  const test::TestCa other;
  const auto wrong_ca = over(settings({{"ca", text(other.pem())}, {"server-name", text("db.test")}}));
  EXPECT_EQ(kind_of(wrong_ca), ErrorKind::kUnavailable);
  EXPECT_TRUE(says(wrong_ca, "; check tls and sslmode")) << message(wrong_ca);
  EXPECT_TRUE(says(over(settings({{"server-name", text("db.test")}})), "certificate verify failed"));  // the system's
  EXPECT_EQ(number(over(settings({{"insecure-skip-verify", true}}))), 1);
}

}  // namespace
}  // namespace fas::metrics
