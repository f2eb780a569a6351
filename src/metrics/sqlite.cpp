#include "metrics/sqlite.h"

#include <functional>
#include <memory>
#include <utility>

#include "metrics/http_call.h"
#include "metrics/sql_source.h"
#include "metrics/sqlite_reader.h"
#include "net/offload.h"

namespace fas::metrics {
namespace {

class SqliteSession final : public SqlSession {
 public:
  SqliteSession(const SourceContext& context, std::string path)
      : offload_(context.loop, context.clock), reader_(std::make_shared<SqliteReader>(std::move(path))) {}

  boost::asio::awaitable<Result<SqlRows>> query(std::string sql, Deadline deadline) override {
    std::function<Result<SqlRows>(std::stop_token)> job =
        [reader = reader_, sql = std::move(sql)](const std::stop_token& stop) { return reader->query(sql, stop); };
    Result<SqlRows> rows = co_await offload_.run(std::move(job), deadline);
    co_return rows;
  }

 private:
  net::Offload offload_;
  std::shared_ptr<SqliteReader> reader_;  // its jobs share it
};

Result<void> validate_sqlite(const Settings& settings) {
  for (const std::string_view key : {"max-age", "tls"}) {
    if (settings.has(key)) {
      return fail(ErrorKind::kInvalid, "sqlite is a file, for which " + std::string(key) + " has no meaning");
    }
  }
  return {};
}

Result<std::unique_ptr<Source>> make_sqlite(const SourceContext& context, const Settings& settings) {
  const std::string path = settings.text("path");
  return make_sql_source(context, settings, "sqlite file " + one_line(path),
                         std::make_unique<SqliteSession>(context, path));
}

}  // namespace

SourceKind sqlite_kind() {
  return {
      .type = "sqlite",
      .doc = "A number out of a SQL query to a SQLite file, opened read-only.",
      .fields = {sql_query_field("SQLITE_QUERY"),
                 {.key = "path",
                  .required = true,
                  .env = "SQLITE_PATH",
                  .doc = "The database's file, on a volume of this machine or mounted by LiteFS."}},
      .validate = validate_sqlite,
      .make = make_sqlite,
  };
}

}  // namespace fas::metrics
