// The source sqlite against real files that another connection writes.
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <filesystem>

#include "net/gather.h"
#include "tests/metrics/real_loop.h"
#include "tests/support/temp_dir.h"

namespace fas::metrics {
namespace {

// An application's own connection.
class Writer {
 public:
  explicit Writer(const std::string& path) {
    if (sqlite3_open(path.c_str(), &database_) != SQLITE_OK) throw std::runtime_error("open");
  }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  ~Writer() { sqlite3_close_v2(database_); }

  void run(const std::string& sql) {
    if (sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
      throw std::runtime_error(sqlite3_errmsg(database_));
    }
  }

 private:
  sqlite3* database_ = nullptr;
};

class Sqlite : public testing::Test, public RealLoop {
 protected:
  std::unique_ptr<Source> ask(const std::string& query, const Settings& more = {}) {
    return make("sqlite", with(more, {{"path", text(path)}, {"query", text(query)}}));
  }

  test::TempDir folder;
  std::string path = folder.file("zürich.db");
};

constexpr const char* kEndless =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";

TEST_F(Sqlite, FollowsANumberThatChanges) {
  for (const char* mode : {"DELETE", "WAL"}) {
    std::filesystem::remove(path);
    Writer app(path);
    app.run("PRAGMA journal_mode = " + std::string(mode) +
            "; CREATE TABLE q (app TEXT, n INT); INSERT INTO q VALUES ('worker', 3), ('zürich', 50)");
    const auto source = ask("SELECT sum(n) FROM q WHERE app = '$APP_NAME'");
    EXPECT_EQ(number(collect(*source)), 3);
    app.run("INSERT INTO q VALUES ('worker', 4)");
    EXPECT_EQ(number(collect(*source)), 7);
    EXPECT_EQ(number(collect(*source, "zürich")), 50);
    EXPECT_TRUE(says(collect(*source, "nobody"), "zürich.db: the query answered NULL"));
    EXPECT_EQ(kind_of(collect(*source, "x' OR 1 --")), ErrorKind::kInvalid);
  }
}

TEST_F(Sqlite, Values) {
  Writer(path).run("CREATE TABLE t (n)");
  for (const auto& [expression, value] :
       std::initializer_list<std::pair<std::string_view, double>>{{"7", 7},
                                                                  {"0.1", 0.1},
                                                                  {"1e300 * 1e300", HUGE_VAL},
                                                                  {"1 > 2", 0},
                                                                  {"' 4.5 '", 4.5},
                                                                  {"x'3432'", 42},
                                                                  {"-9223372036854775807", -9223372036854775807.0}}) {
    EXPECT_EQ(number(collect(*ask("SELECT " + std::string(expression) + ";\n"))), value) << expression;
  }
  EXPECT_TRUE(says(collect(*ask("SELECT 'seven' AS n")), "column \"n\" holds no number: \"seven\""));
  EXPECT_EQ(number(collect(*ask("SELECT n FROM t", settings({{"empty-value", 2.0}})))), 2);
  EXPECT_EQ(kind_of(collect(*ask("SELECT n FROM t"))), ErrorKind::kNotFound);
}

TEST_F(Sqlite, Series) {
  Writer(path).run("CREATE TABLE t (q, n); INSERT INTO t VALUES ('a', 1), ('b', 2.5), ('c', NULL)");
  const Series points = series_of(collect(*ask("SELECT q, n FROM t ORDER BY q", settings({{"series", true}}))));
  ASSERT_EQ(points.size(), 2U);
  EXPECT_EQ(points[1].labels.at("q"), "b");
  EXPECT_EQ(points[1].value, 2.5);
  const auto many = collect(*ask("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"));
  EXPECT_TRUE(says(many, "more than 10000 rows")) << message(many);
}

TEST_F(Sqlite, Errors) {
  const auto missing = collect(*ask("SELECT 1"));
  EXPECT_EQ(kind_of(missing), ErrorKind::kUnavailable);
  EXPECT_TRUE(says(missing, "unable to open database file (No such file or directory); check the path"))
      << message(missing);
  EXPECT_FALSE(std::filesystem::exists(path));
  folder.write("zürich.db", std::string(5000, 'x'));
  EXPECT_EQ(kind_of(collect(*ask("SELECT * FROM sqlite_master"))), ErrorKind::kMalformed);
  std::filesystem::remove(path);
  Writer(path).run("CREATE TABLE t (n)");
  struct Case {
    std::string_view query;
    ErrorKind kind;
    std::string_view says;
  };
  for (const Case& c : std::initializer_list<Case>{
           {"SELECT n FROM nowhere", ErrorKind::kNotFound, "no such table: nowhere"},
           {"SELEC", ErrorKind::kInvalid, "syntax error"},
           {"INSERT INTO t VALUES (1)", ErrorKind::kInvalid, "readonly"},
           {"SELECT 1; DELETE FROM t", ErrorKind::kInvalid, "more than one statement"},
           {"BEGIN", ErrorKind::kInvalid, "no SELECT"},
           {"", ErrorKind::kInvalid, "no SELECT"},
       }) {
    const auto source = make("sqlite", settings({{"path", text(path)}, {"query", text(std::string(c.query) + " ")}}));
    const auto sample = collect(*source);
    EXPECT_EQ(kind_of(sample), c.kind) << message(sample);
    EXPECT_TRUE(says(sample, c.says)) << message(sample);
  }
}

TEST_F(Sqlite, SeesAFileThatWasReplaced) {
  Writer(path).run("CREATE TABLE t (n); INSERT INTO t VALUES (1)");
  const auto source = ask("SELECT n FROM t");
  EXPECT_EQ(number(collect(*source)), 1);
  Writer(folder.file("new")).run("CREATE TABLE t (n); INSERT INTO t VALUES (2)");
  std::filesystem::rename(folder.file("new"), path);
  EXPECT_EQ(number(collect(*source)), 2);
  std::filesystem::remove(path);
  EXPECT_EQ(kind_of(collect(*source)), ErrorKind::kUnavailable);
}

TEST_F(Sqlite, TheDeadlineEndsWorkAndWaiting) {
  Writer app(path);
  app.run("CREATE TABLE t (n); INSERT INTO t VALUES (1)");
  const auto endless = ask(std::string(kEndless) + " WHERE '$APP_NAME' = 'worker'");
  EXPECT_EQ(kind_of(collect(*endless, "worker", std::chrono::milliseconds(100))), ErrorKind::kTimeout);
  app.run("BEGIN EXCLUSIVE");
  const auto waiting = ask("SELECT n FROM t");
  EXPECT_EQ(kind_of(collect(*waiting, "worker", std::chrono::milliseconds(100))), ErrorKind::kTimeout);
  app.run("COMMIT");
  EXPECT_EQ(number(collect(*waiting)), 1);
  EXPECT_EQ(kind_of(collect(*waiting, "worker", std::chrono::milliseconds(0))), ErrorKind::kTimeout);
}

TEST_F(Sqlite, ManyAtOnce) {
  Writer(path).run("CREATE TABLE t (n); INSERT INTO t VALUES (1)");
  const auto source = ask("SELECT n FROM t");
  std::vector<boost::asio::awaitable<Result<Sample>>> all;
  for (int i = 0; i < 100; ++i) {
    Query query{.app = "worker"};
    all.push_back(source->collect(std::move(query), clock.now() + std::chrono::seconds(20)));
  }
  const std::vector<Result<Sample>> samples = test::run(loop, net::gather(std::move(all)));
  for (const Result<Sample>& sample : samples) EXPECT_EQ(number(sample), 1);
}

TEST_F(Sqlite, ASourceMayGoWhileItIsAsked) {
  Writer(path).run("CREATE TABLE t (n)");
  auto endless = ask(kEndless);
  EXPECT_EQ(kind_of(collect(*endless, "worker", std::chrono::milliseconds(50))), ErrorKind::kTimeout);
  endless.reset();
}

}  // namespace
}  // namespace fas::metrics
