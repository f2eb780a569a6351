#include "metrics/sql_rows.h"

#include <gtest/gtest.h>

#include "metrics/postgres_error.h"
#include "metrics/postgres_options.h"
#include "tests/metrics/settings.h"

namespace fas::metrics {
namespace {

TEST(SqlInterval, Table) {
  struct Case {
    std::string_view text;
    std::optional<double> seconds;
  };
  for (const Case& c : std::initializer_list<Case>{
           {"PT0S", 0},
           {"P1DT2H3M4.5S", 93784.5},
           {"P-1DT-2H", -93600},
           {"P1W", 604800},
           {"P1Y2M", (365.25 + 60) * 86400},
           {"PT-0.5S", -0.5},
           {"12:34:56.5", 45296.5},
           {"-00:01:00", -60},
           {"838:59:59", 3020399},
           {"", std::nullopt},
           {"P", std::nullopt},
           {"PT", std::nullopt},
           {"P1", std::nullopt},
           {"P1H", std::nullopt},
           {"PT1Y", std::nullopt},
           {"P--1D", std::nullopt},
           {"P1.1.1D", std::nullopt},
           {"1:2", std::nullopt},
           {"1:-2:3", std::nullopt},
           {"2024-01-01", std::nullopt},
       }) {
    EXPECT_EQ(parse_sql_interval(c.text), c.seconds) << c.text;
  }
}

// "name:value,..." of the points, or the error.
std::string shown(const SqlRows& rows, bool series) {
  const Result<SqlAnswer> answer = read_sql(rows, series);
  if (!answer) return answer.error().message;
  if (answer->reading.points.empty()) return "empty: " + std::string(answer->empty_message);
  std::string text;
  for (const ReadPoint& read : answer->reading.points) {
    for (const auto& [name, value] : read.point.labels) text += name + "=" + value + " ";
    text += std::to_string(static_cast<int>(read.point.value)) + ";";
  }
  return text;
}

TEST(SqlRows, WhichNumber) {
  using enum SqlType;
  struct Case {
    std::string_view name;
    bool series;
    SqlRows rows;
    std::string_view result;
  };
  const std::optional<std::string> null;
  for (const Case& c : std::initializer_list<Case>{
           {"no columns", false, {}, "the query is no SELECT: it answers no columns"},
           {"no rows", false, {{{"n", kNumber}}, {}}, "empty: the query answered no row"},
           {"null", false, {{{"n", kNumber}}, {{null}}}, "empty: the query answered NULL"},
           {"first of first", false, {{{"a", kText}, {"n", kNumber}}, {{"1", "2"}, {"3", "4"}}}, "1;"},
           {"date",
            false,
            {{{"d", kTime}}, {{"2024-01-01"}}},
            "column \"d\" is a date or a time, which is no number; subtract it from now, in seconds"},
           {"words", false, {{{"d", kText}}, {{"x"}}}, "column \"d\" holds no number: \"x\""},
           {"boolean", false, {{{"b", kBoolean}}, {{"t"}}}, "1;"},
           {"no rows", true, {{{"a", kText}}, {}}, "empty: the query answered no row"},
           {"labels", true, {{{"q", kText}, {"n", kNumber}}, {{"a", "1"}, {null, "2"}, {"c", null}}}, "q=a 1;q= 2;"},
           {"by name", true, {{{"shard", kNumber}, {"value", kNumber}}, {{"7", "1"}}}, "shard=7 1;"},
           {"by name, as text", true, {{{"value", kText}, {"n", kNumber}}, {{"7", "1"}}}, "n=1 7;"},
           {"alone", true, {{{"a", kText}}, {{"7"}}}, "7;"},
           {"all null",
            true,
            {{{"q", kText}, {"n", kUnknown}}, {{"a", null}}},
            "empty: every value that the query answered is NULL"},
           {"two numbers",
            true,
            {{{"a", kNumber}, {"b", kNumber}}, {{"7", "8"}}},
            "series needs one column that is a number, and the query answers 2 such columns; name it: SELECT queue, "
            "count(*) AS value ..."},
           {"only text",
            true,
            {{{"a", kText}, {"b", kText}}, {{"7", "8"}}},
            "series needs one column that is a number, and the query answers no such columns; name it: SELECT queue, "
            "count(*) AS value ..."},
       }) {
    EXPECT_EQ(shown(c.rows, c.series), c.result) << c.name;
  }
}

std::string place(const Settings& given) {
  const Result<PostgresOptions> options = postgres_options(given);
  if (!options) return options.error().message;
  return printable(*options) + " " + options->parameters.at("sslmode");
}

TEST(PostgresOptions, Table) {
  const auto tls = std::make_shared<const Settings>(settings({{"ca", text("/ca.pem")}}));
  const auto dsn = [](const std::string& value) { return settings({{"dsn", text(value)}}); };
  EXPECT_EQ(place({}), "postgres dsn or host required");
  EXPECT_EQ(place(settings({{"host", text("db.flycast")}})), "db.flycast:5432 prefer");
  EXPECT_EQ(place(dsn("postgres://u:p@db.flycast:6432/jobs?sslmode=disable")), "db.flycast:6432/jobs disable");
  EXPECT_EQ(place(dsn("postgres://u:p@[fdaa::3]/jobs")), "[fdaa::3]:5432/jobs prefer");
  EXPECT_EQ(place(dsn("host=a,b port=1,2")), "a:1,b:2 prefer");
  EXPECT_EQ(place(dsn("host=a,b port=1")), "a:1,b:1 prefer");
  EXPECT_EQ(place(dsn("host=a,b port=1,2,3")), "postgres port: either one for all hosts, or one for each");
  EXPECT_EQ(place(settings({{"dsn", text("postgres://u@a:1/x")}, {"host", text("b")}, {"database", text("y")}})),
            "b:1/y prefer");
  EXPECT_EQ(place(settings({{"host", text("a")}, {"tls", tls}})), "a:5432 verify-full");
  EXPECT_EQ(place(settings({{"dsn", text("postgres://a/?sslmode=disable")}, {"tls", tls}})),
            "postgres has tls settings and sslmode disable; leave out one of them");
  EXPECT_EQ(place(settings({{"host", text("a")}, {"port", std::int64_t{0}}})), "postgres port must be from 1 to 65535");
  EXPECT_EQ(place(dsn("postgres://a/?pool=5")),
            "postgres dsn has the parameter \"pool\", which Postgres does not know; leave it out");
  for (const std::string bad : {"postgres://u:s3cret%zz@h/d", "s3cret", "postgres://[s3cret", "host='s3cret"}) {
    const std::string said = place(dsn(bad));
    EXPECT_TRUE(said.starts_with("postgres dsn is not understood")) << said;
    EXPECT_FALSE(said.contains("s3cret")) << said;
  }
}

TEST(PostgresError, Kinds) {
  EXPECT_EQ(postgres_statement_error("42P01", "x").kind, ErrorKind::kNotFound);
  EXPECT_EQ(postgres_statement_error("57P01", "x").kind, ErrorKind::kUnavailable);
  EXPECT_EQ(postgres_statement_error("", "x\ny").message, "x y");
  EXPECT_EQ(postgres_connect_error("FATAL:  password authentication failed for user \"u\"").kind,
            ErrorKind::kUnauthorized);
}

}  // namespace
}  // namespace fas::metrics
