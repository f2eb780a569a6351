// A kept connection to MySQL or MariaDB by libmariadb. Its calls block: it runs on a thread of an Offload.
#pragma once

#include <mysql.h>

#include <chrono>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>

#include "metrics/mysql_options.h"
#include "metrics/pem_file.h"
#include "metrics/sql_rows.h"

namespace fas::metrics {

class MysqlReader {
 public:
  explicit MysqlReader(MysqlOptions options) : options_(std::move(options)) {}
  MysqlReader(const MysqlReader&) = delete;
  MysqlReader& operator=(const MysqlReader&) = delete;
  ~MysqlReader() { disconnect(); }

  // One statement that reads, in a read-only transaction of its own, for which the server gives itself a little less
  // than `limit`. Connects where there is no connection, and once more where the kept one proves dead. Ends at once
  // when `stop` asks for it, but for an attempt to connect, which ends after `limit` rounded up to a second.
  Result<SqlRows> query(const std::string& sql, std::chrono::milliseconds limit, const std::stop_token& stop);

 private:
  using Time = std::chrono::steady_clock::time_point;
  struct Close {
    void operator()(MYSQL* connection) const { mysql_close(connection); }
  };

  Result<void> load_tls();
  Result<void> connect(Time end);
  void set_options(MYSQL* connection, unsigned seconds) const;
  void set_tls(MYSQL* connection) const;
  void disconnect();
  void interrupt();
  bool connected() const { return connection_ != nullptr; }
  Result<SqlRows> transact(const std::string& sql, Time end);
  Result<void> limit_statements(Time end);
  Result<void> run(const std::string& sql);
  Result<SqlRows> fetch(const std::string& sql);
  std::unexpected<Error> failure();  // of the last call; also ends a connection that is of no use after it

  MysqlOptions options_;
  PemFile ca_, cert_, key_;
  std::unique_ptr<MYSQL, Close> connection_;
  std::mutex mutex_;  // of socket_
  int socket_ = -1;   // of the connection, for interrupt() on another thread
};

}  // namespace fas::metrics
