// The source mysql against a real MariaDB.
#include <gtest/gtest.h>

#include "net/gather.h"
#include "tests/metrics/real_loop.h"
#include "tests/support/mariadb_server.h"
#include "tests/support/raw_server.h"
#include "tests/support/test_ca.h"

namespace fas::metrics {
namespace {

constexpr std::string_view kPassword = "r3ader-pass/@:";

class RealMariadb : public testing::Test, public RealLoop {
 protected:
  static void SetUpTestSuite() {
    if (!test::MariadbServer::installed()) return;
    server = std::make_unique<test::MariadbServer>();
    server->run(
        "CREATE DATABASE jobs; USE jobs;"
        "CREATE TABLE queue (name text, depth int, zone text); CREATE TABLE secret (n int);"
        "CREATE TABLE bits (bits bit(10)); INSERT INTO bits VALUES (b'1000000001'); "
        "CREATE USER reader IDENTIFIED BY 'r3ader-pass/@:'; GRANT SELECT ON jobs.queue TO reader; GRANT SELECT ON "
        "jobs.bits TO reader;"
        "CREATE PROCEDURE twice() BEGIN SELECT 6; SELECT 7; END; GRANT EXECUTE ON PROCEDURE jobs.twice TO reader");
  }
  static void TearDownTestSuite() { server.reset(); }
  void SetUp() override {
    if (server == nullptr) GTEST_SKIP() << "mariadb-server is not installed";
  }

  static Settings reader(const test::MariadbServer& at, const std::string& query) {
    return settings({{"host", text("127.0.0.1")},
                     {"port", std::int64_t{at.port()}},
                     {"user", text("reader")},
                     {"password", text(std::string(kPassword))},
                     {"database", text("jobs")},
                     {"query", text(query)}});
  }
  static Settings admin(const test::MariadbServer& at, const std::string& query) {
    return settings({{"host", text("127.0.0.1")},
                     {"port", std::int64_t{at.port()}},
                     {"user", text("admin")},
                     {"password", text("admin-s3cret")},
                     {"query", text(query)}});
  }
  std::unique_ptr<Source> ask(const std::string& query) { return make("mysql", reader(*server, query)); }

  static std::unique_ptr<test::MariadbServer> server;
};
std::unique_ptr<test::MariadbServer> RealMariadb::server;

TEST_F(RealMariadb, FollowsANumberThatChanges) {
  const auto source = ask("SELECT sum(depth) FROM queue WHERE name = '$APP_NAME'");
  server->run(
      "TRUNCATE jobs.queue; INSERT INTO jobs.queue VALUES ('worker', 3, ''), ('worker', 4, ''), ('zürich', 50, '')");
  EXPECT_EQ(number(collect(*source)), 7);
  EXPECT_EQ(number(collect(*source, "zürich")), 50);
  server->run("UPDATE jobs.queue SET depth = 100");
  EXPECT_EQ(number(collect(*source)), 200);
  EXPECT_EQ(message(collect(*source, "nobody")),
            "mysql at 127.0.0.1:" + std::to_string(server->port()) + "/jobs: the query answered NULL");
  EXPECT_EQ(kind_of(collect(*source, "x' OR 'a' = 'a")), ErrorKind::kInvalid);
}

TEST_F(RealMariadb, ValuesOfEveryType) {
  struct Case {
    std::string_view expression;
    double value;
  };
  for (const Case& c : std::initializer_list<Case>{
           {"7", 7},
           {"-7.25", -7.25},
           {"9007199254740993", 9007199254740992},
           {"18446744073709551615", 18446744073709551615.0},
           {"1.7976931348623157e308", 1.7976931348623157e308},
           {"cast(12.50 AS decimal(40, 20))", 12.5},
           {"cast(0.1 AS float)", 0.1},
           {"true", 1},
           {"1 > 2", 0},
           {"bits FROM bits", 513},
           {"cast(5 AS char)", 5},
           {"' 42.5 '", 42.5},
           {"timediff('2026-01-02 01:00:00', '2026-01-01 00:00:00')", 90000},
           {"timediff('2026-01-01 00:00:00', '2026-01-01 00:01:30.5')", -90.5},
           {"timestampdiff(second, '2026-01-01', '2026-01-02')", 86400},
           {"count(*) FROM queue WHERE false", 0},
       }) {
    EXPECT_EQ(number(collect(*ask("SELECT " + std::string(c.expression)))), c.value) << c.expression;
  }
  for (const auto& [expression, problem] : std::initializer_list<std::pair<std::string_view, std::string_view>>{
           {"'seven'", "holds no number: \"seven\""},
           {"now()", "is a date or a time"},
           {"curdate()", "is a date or a time"},
           {"1 / 0", "answered NULL"},
           {"NULL", "answered NULL"},
       }) {
    const auto sample = collect(*ask("SELECT " + std::string(expression)));
    EXPECT_TRUE(says(sample, problem)) << message(sample);
  }
  EXPECT_EQ(
      number(collect(*make("mysql", with(reader(*server, "SELECT 1 FROM queue WHERE false"), {{"empty-value", 0.0}})))),
      0);
  EXPECT_EQ(kind_of(collect(*ask("SELECT 1 FROM queue WHERE false"))), ErrorKind::kNotFound);
  const auto twice = ask("CALL twice()");
  EXPECT_EQ(number(collect(*twice)), 6);
  EXPECT_EQ(number(collect(*twice)), 6);
}

TEST_F(RealMariadb, Series) {
  server->run(
      "TRUNCATE jobs.queue; INSERT INTO jobs.queue VALUES ('a', 1, 'zürich'), ('b', 2, NULL), ('c', NULL, NULL)");
  const auto rows = collect(
      *make("mysql", with(reader(*server, "SELECT name, zone, depth FROM queue ORDER BY name"), {{"series", true}})));
  const Series points = series_of(rows);
  ASSERT_EQ(points.size(), 2U);
  EXPECT_EQ(points[0].labels.at("zone"), "zürich");
  EXPECT_EQ(points[1].labels.at("name"), "b");
  EXPECT_EQ(points[1].value, 2);
  EXPECT_EQ(rows->warnings, std::vector<std::string>{"left out 1 rows whose value is NULL"});
  const auto one = collect(*ask("SELECT depth FROM queue ORDER BY name"));
  EXPECT_EQ(number(one), 1);
  EXPECT_EQ(one->warnings.size(), 1U);
  const auto many = ask("SELECT a.id FROM information_schema.collations a, information_schema.collations b");
  for (int time = 0; time < 2; ++time) {
    const auto sample = collect(*many);
    EXPECT_TRUE(says(sample, "more than 10000 rows")) << message(sample);
  }
}

TEST_F(RealMariadb, ErrorsNameCauseAndRemedy) {
  struct Case {
    std::string_view query;
    ErrorKind kind;
    std::string_view says;
  };
  server->run("GRANT INSERT, CREATE ON jobs.* TO reader");
  for (const Case& c : std::initializer_list<Case>{
           {"SELECT 1 FROM nothing", ErrorKind::kUnauthorized, "GRANT SELECT"},
           {"SELECT n FROM secret", ErrorKind::kUnauthorized, "SELECT command denied to user 'reader'"},
           {"SELECT nothing FROM queue", ErrorKind::kInvalid, "Unknown column 'nothing'"},
           {"SELEC 1", ErrorKind::kInvalid, "error in your SQL syntax"},
           {"INSERT INTO queue VALUES ('x', 1, '')", ErrorKind::kInvalid, "READ ONLY transaction"},
           {"CREATE TABLE other (n int)", ErrorKind::kInvalid, "READ ONLY transaction"},
           {"SELECT 1; DELETE FROM queue", ErrorKind::kInvalid, "syntax"},
           {"COMMIT", ErrorKind::kInvalid, "no SELECT"},
           {"LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE queue", ErrorKind::kInvalid, ""},
           {"SELECT CAST(repeat('x', 100) AS int) FROM (SELECT 1 UNION SELECT 2) AS t WHERE 1 = (SELECT 1 UNION SELECT "
            "2)",
            ErrorKind::kInvalid, "Subquery returns more than 1 row"},
       }) {
    const auto source = ask(std::string(c.query));
    for (int time = 0; time < 2; ++time) {  // an error leaves the connection fit for the next question
      const auto sample = collect(*source);
      EXPECT_EQ(kind_of(sample), c.kind) << message(sample);
      EXPECT_TRUE(says(sample, c.says)) << message(sample);
      EXPECT_TRUE(says(sample, "mysql at 127.0.0.1:")) << message(sample);
    }
  }
  const auto missing = collect(*make("mysql", admin(*server, "SELECT 1 FROM jobs.nothing")));
  EXPECT_EQ(kind_of(missing), ErrorKind::kNotFound) << message(missing);
  EXPECT_TRUE(says(missing, "Table 'jobs.nothing' doesn't exist")) << message(missing);
}

TEST_F(RealMariadb, Credentials) {
  const auto wrong = collect(*make("mysql", with(reader(*server, "SELECT 1"), {{"password", text("wr0ng-pass")}})));
  EXPECT_EQ(kind_of(wrong), ErrorKind::kUnauthorized);
  EXPECT_TRUE(says(wrong, "Access denied for user 'reader'")) << message(wrong);
  EXPECT_FALSE(says(wrong, "wr0ng-pass"));
  const auto other = collect(*make("mysql", with(admin(*server, "SELECT 1"), {{"database", text("nowhere")}})));
  EXPECT_EQ(kind_of(other), ErrorKind::kNotFound) << message(other);

  const std::string at = "127.0.0.1:" + std::to_string(server->port()) + "/jobs";
  const auto by_dsn = [&](const std::string& dsn) {
    return collect(
        *make("mysql", settings({{"dsn", text(dsn)}, {"query", text("SELECT 5 + 0 * count(*) FROM queue")}})));
  };
  EXPECT_EQ(number(by_dsn("mysql://reader:r3ader-pass%2F%40%3A@" + at + "?ssl-mode=DISABLED&pool=5")), 5);
  EXPECT_EQ(number(by_dsn("mysql2://reader:r3ader-pass/@:@" + at)), 5);
  EXPECT_EQ(number(by_dsn("mysql://admin:admin-s3cret@localhost:" + std::to_string(server->port()) + "/jobs")), 5);
  EXPECT_EQ(number(by_dsn("mysql://admin:admin-s3cret@localhost/jobs?socket=" + server->socket())), 5);
  EXPECT_EQ(number(collect(*make("mysql", with(admin(*server, "SELECT 5"), {{"host", text(server->socket())}})))), 5);
  const auto no_tls = by_dsn("mysql://reader:r3ader-pass%2F%40%3A@" + at + "?ssl-mode=REQUIRED");
  EXPECT_EQ(kind_of(no_tls), ErrorKind::kUnavailable);
  EXPECT_TRUE(says(no_tls, "TLS")) << message(no_tls);
}

TEST_F(RealMariadb, ComesBackAfterACrash) {
  const auto source = make("mysql", admin(*server, "SELECT 5"));
  EXPECT_EQ(number(collect(*source)), 5);
  server->kill();
  const auto away = collect(*source);
  EXPECT_EQ(kind_of(away), ErrorKind::kUnavailable) << message(away);
  EXPECT_TRUE(says(away, "Can't connect")) << message(away);
  server->restart();
  EXPECT_EQ(number(collect(*source)), 5);
  server->kill();
  server->restart();
  EXPECT_EQ(number(collect(*source)), 5);  // the kept connection is dead, and no question is lost
  server->run("KILL USER admin");
  EXPECT_EQ(number(collect(*source)), 5);
}

TEST_F(RealMariadb, KeepsOneConnectionForManyAtOnce) {
  const auto source =
      ask("SELECT count(*) + 0 * sleep(0.01) FROM information_schema.processlist WHERE user = 'reader'");
  std::vector<boost::asio::awaitable<Result<Sample>>> all;
  for (int i = 0; i < 20; ++i) {
    Query query{.app = "worker"};
    all.push_back(source->collect(std::move(query), clock.now() + std::chrono::seconds(20)));
  }
  const std::vector<Result<Sample>> samples = test::run(loop, net::gather(std::move(all)));
  for (const Result<Sample>& sample : samples) EXPECT_EQ(number(sample), 1);
}

TEST_F(RealMariadb, TheDeadlineEndsAQuery) {
  const auto slow = ask("SELECT sleep(CASE WHEN '$APP_NAME' = 'worker' THEN 60 ELSE 0 END)");
  const auto late = collect(*slow, "worker", std::chrono::milliseconds(500));
  EXPECT_EQ(kind_of(late), ErrorKind::kTimeout);
  EXPECT_TRUE(says(late, "max_statement_time exceeded")) << message(late);
  EXPECT_EQ(number(collect(*slow, "other")), 0);

  const test::RawServer silent(loop, [](const test::RawRequest&) { return test::RawReply{}; });
  const Settings given = with(reader(*server, "SELECT 1"), {{"port", std::int64_t{silent.port()}}});
  const auto never = collect(*make("mysql", given), "worker", std::chrono::milliseconds(200));
  EXPECT_EQ(kind_of(never), ErrorKind::kTimeout) << message(never);

  const test::RawServer other(loop, [](const test::RawRequest&) { return test::RawReply{}; });
  const auto webserver = collect(*make("mysql", with(given, {{"port", std::int64_t{1}}})));
  EXPECT_EQ(kind_of(webserver), ErrorKind::kUnavailable) << message(webserver);
}

TEST_F(RealMariadb, CancellingEndsAQuery) {
  const auto source = ask("SELECT sleep(CASE WHEN '$APP_NAME' = 'worker' THEN 60 ELSE 0 END)");
  EXPECT_EQ(number(collect(*source, "other")), 0);
  EXPECT_TRUE(ends_when_cancelled(*source));
  EXPECT_EQ(number(collect(*source, "other")), 0);  // the thread is free again
}

TEST_F(RealMariadb, Tls) {
  const test::TestCa ca;
  const test::TestCa::Identity identity = ca.issue("IP:127.0.0.1");
  const test::MariadbServer secured(&identity);
  const std::string query =
      "SELECT VARIABLE_VALUE <> '' FROM information_schema.session_status WHERE VARIABLE_NAME = 'Ssl_cipher'";
  const auto over = [&](const Settings& tls) {
    return collect(*make("mysql", with(admin(secured, query), {{"tls", std::make_shared<const Settings>(tls)}})));
  };
  EXPECT_EQ(number(over(settings({{"ca", text(ca.pem())}}))), 1);
  EXPECT_EQ(number(over(settings({{"insecure-skip-verify", true}}))), 1);
  const test::TestCa other;
  const auto wrong_ca = over(settings({{"ca", text(other.pem())}}));
  EXPECT_EQ(kind_of(wrong_ca), ErrorKind::kUnavailable);
  EXPECT_TRUE(says(wrong_ca, "; check tls and sslmode")) << message(wrong_ca);
  EXPECT_TRUE(says(over(Settings{}), "certificate")) << message(over(Settings{}));  // the system's authorities
  EXPECT_EQ(number(collect(*make("mysql", with(admin(secured, query), {{"sslmode", text("disable")}})))), 0);
  EXPECT_EQ(number(collect(*make("mysql", with(admin(secured, query), {{"sslmode", text("require")}})))), 1);
  EXPECT_EQ(number(collect(*make("mysql", admin(secured, query)))), 1);  // it is preferred
  const auto wrong_name =
      collect(*make("mysql", with(admin(secured, query),
                                  {{"host", text("localhost")},
                                   {"tls", std::make_shared<const Settings>(settings({{"ca", text(ca.pem())}}))}})));
  EXPECT_EQ(kind_of(wrong_name), ErrorKind::kUnavailable) << message(wrong_name);
}

}  // namespace
}  // namespace fas::metrics
