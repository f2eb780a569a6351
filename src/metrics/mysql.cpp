#include "metrics/mysql.h"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "metrics/mysql_options.h"
#include "metrics/mysql_reader.h"
#include "metrics/sql_source.h"
#include "net/offload.h"
#include "net/turns.h"

namespace fas::metrics {
namespace {

class MysqlSession final : public SqlSession {
 public:
  MysqlSession(const SourceContext& context, MysqlOptions options)
      : clock_(context.clock),
        turns_(context.loop, context.clock),
        offload_(context.loop, context.clock),
        reader_(std::make_shared<MysqlReader>(std::move(options))) {}

  boost::asio::awaitable<Result<SqlRows>> query(std::string sql, Deadline deadline) override {
    const TimePoint arrival = clock_.now();
    const std::optional<net::Turns::Turn> turn = co_await turns_.take(deadline);
    if (!turn) co_return fail(ErrorKind::kTimeout, "the deadline passed while other queries used the connection");
    if (failure_ && failed_at_ > arrival) co_return std::unexpected(*failure_);
    const auto limit = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - clock_.now());
    std::function<Result<SqlRows>(std::stop_token)> job = [reader = reader_, sql = std::move(sql),
                                                           limit](const std::stop_token& stop) {
      return reader->query(sql, limit, stop);
    };
    Result<SqlRows> rows = co_await offload_.run(std::move(job), deadline);
    failure_.reset();
    if (!rows && rows.error().kind == ErrorKind::kUnavailable) {
      failure_ = rows.error();
      failed_at_ = clock_.now();
    }
    co_return rows;
  }

 private:
  Clock& clock_;
  net::Turns turns_;
  net::Offload offload_;
  std::shared_ptr<MysqlReader> reader_;  // its jobs share it
  // Who waited while the server could not be reached takes this for an answer, rather than all trying one by one.
  std::optional<Error> failure_;
  TimePoint failed_at_;
};

Result<void> validate_mysql(const Settings& settings) {
  const Result<MysqlOptions> options = read_mysql_options(settings);
  if (!options) return std::unexpected(options.error());
  if (settings.has("max-age")) {
    return fail(ErrorKind::kInvalid, "mysql does not say when a value was measured; leave out max-age");
  }
  return {};
}

Result<std::unique_ptr<Source>> make_mysql(const SourceContext& context, const Settings& settings) {
  Result<MysqlOptions> options = read_mysql_options(settings);
  if (!options) return std::unexpected(std::move(options.error()));
  std::string server = "mysql at " + printable(*options);
  auto session = std::make_unique<MysqlSession>(context, std::move(*options));
  return make_sql_source(context, settings, std::move(server), std::move(session));
}

}  // namespace

SourceKind mysql_kind() {
  return {
      .type = "mysql",
      .doc = "A number out of a SQL query to MySQL or MariaDB, asked read-only.",
      .fields = {sql_query_field("MYSQL_QUERY"),
                 {.key = "dsn",
                  .kind = FieldKind::kSecret,
                  .env = "MYSQL_DSN",
                  .doc = "mysql://USER:PASSWORD@HOST:PORT/DATABASE."},
                 {.key = "host",
                  .env = "MYSQL_HOST",
                  .doc = "Name or address of the server, or the path of its Unix socket; overrides the dsn's."},
                 {.key = "port",
                  .kind = FieldKind::kInteger,
                  .env = "MYSQL_PORT",
                  .doc = "TCP port; default: the dsn's, else 3306."},
                 {.key = "user", .env = "MYSQL_USER", .doc = "User name; overrides the dsn's."},
                 {.key = "password",
                  .kind = FieldKind::kSecret,
                  .env = "MYSQL_PASSWORD",
                  .doc = "Password; overrides the dsn's."},
                 {.key = "database", .env = "MYSQL_DATABASE", .doc = "Database; overrides the dsn's; default: none."},
                 {.key = "sslmode",
                  .env = "MYSQL_SSLMODE",
                  .doc = "Whether TLS must be; default: the dsn's ssl-mode, else verify-full with tls settings and "
                         "prefer without.",
                  .choices = {"disable", "prefer", "require", "verify-full"}}},
      .validate = validate_mysql,
      .make = make_mysql,
  };
}

}  // namespace fas::metrics
