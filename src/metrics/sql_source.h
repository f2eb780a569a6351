// What the sources that ask SQL share: the field `query`, one kept session, and the way from rows to the metric.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string>

#include "metrics/registry.h"
#include "metrics/sql_rows.h"

namespace fas::metrics {

// A kept connection to one database. It connects when it has to, asks again by itself where a connection that it kept
// turns out to be gone, and lets several callers take turns.
class SqlSession {
 public:
  SqlSession() = default;
  SqlSession(const SqlSession&) = delete;
  SqlSession& operator=(const SqlSession&) = delete;
  virtual ~SqlSession() = default;

  // One statement that changes nothing. The deadline ends it, and so does cancelling. Errors name cause and remedy; the
  // caller adds the server.
  virtual boost::asio::awaitable<Result<SqlRows>> query(std::string sql, Deadline deadline) = 0;
};

Field sql_query_field(std::string_view env);

// `server` is the place as messages show it: "postgres at db.internal:5432".
std::unique_ptr<Source> make_sql_source(const SourceContext& context, const Settings& settings, std::string server,
                                        std::unique_ptr<SqlSession> session);

}  // namespace fas::metrics
