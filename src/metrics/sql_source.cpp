#include "metrics/sql_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "metrics/expand.h"
#include "metrics/reading.h"

namespace fas::metrics {
namespace {

namespace asio = boost::asio;

// Fly's app names are letters, digits and dashes. Whatever else came as a name must not become SQL of its own.
bool is_safe_in_sql(std::string_view app) {
  return std::ranges::none_of(
      app, [](char c) { return static_cast<unsigned char>(c) < ' ' || std::string_view("'\"\\`;").contains(c); });
}

class SqlSource final : public Source {
 public:
  SqlSource(const SourceContext& context, const Settings& settings, std::string server,
            std::unique_ptr<SqlSession> session)
      : clock_(&context.clock),
        options_(common_options(settings)),
        query_(settings.text("query")),
        server_(std::move(server)),
        session_(std::move(session)) {}

  asio::awaitable<Result<Sample>> collect(Query query, Deadline deadline) override {
    if (!query_.is_constant() && !is_safe_in_sql(query.app)) {
      co_return fail(ErrorKind::kInvalid, server_ + ": the app's name has characters that are not safe in SQL");
    }
    std::string sql = query_.expand(query.app);
    const Result<SqlRows> rows = co_await session_->query(std::move(sql), deadline);
    if (!rows) co_return fail_with(server_, rows.error());
    co_return read(*rows);
  }

 private:
  Result<Sample> read(const SqlRows& rows) const {
    Result<SqlAnswer> answer = read_sql(rows, options_.series);
    if (!answer) return fail_with(server_, std::move(answer.error()));
    const std::string empty_message = fmt::format("{}: {}", server_, answer->empty_message);
    return to_sample(std::move(answer->reading), options_, clock_->wall_now(), empty_message);
  }

  Clock* clock_;
  CommonOptions options_;
  Template query_;
  std::string server_;
  std::unique_ptr<SqlSession> session_;
};

}  // namespace

Field sql_query_field(std::string_view env) {
  return {.key = "query",
          .required = true,
          .expands_app_name = true,
          .env = env,
          .doc = "One SELECT, whose first column of the first row is the number; $APP_NAME is the app that is scaled."};
}

std::unique_ptr<Source> make_sql_source(const SourceContext& context, const Settings& settings, std::string server,
                                        std::unique_ptr<SqlSession> session) {
  return std::make_unique<SqlSource>(context, settings, std::move(server), std::move(session));
}

}  // namespace fas::metrics
