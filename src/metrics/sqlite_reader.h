// A SQLite file that is only read. Its calls block: it runs on a thread of an Offload.
#pragma once

#include <sqlite3.h>

#include <memory>
#include <stop_token>
#include <string>

#include "metrics/sql_rows.h"

namespace fas::metrics {

class SqliteReader {
 public:
  explicit SqliteReader(std::string path) : path_(std::move(path)) {}

  // One statement that reads. Opens the file where it is not open, or where the path leads to another one by now; waits
  // for other programs' locks. Ends soon after `stop` asks for it.
  Result<SqlRows> query(const std::string& sql, const std::stop_token& stop);

 private:
  struct Close {
    void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
  };

  Result<void> open();
  bool has_moved() const;
  Result<SqlRows> ask(const std::string& sql);
  std::unexpected<Error> error_of(int code) const;

  std::string path_;
  std::unique_ptr<sqlite3, Close> database_;
};

}  // namespace fas::metrics
