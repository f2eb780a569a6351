// Where a MySQL or MariaDB server is and how to talk to it, out of the fields of the source. No I/O.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "metrics/registry.h"

namespace fas::metrics {

enum class MysqlTls : std::uint8_t {
  kDisable,
  kPrefer,      // where the server offers it; the certificate is not looked at
  kRequire,     // the certificate is looked at only where there is a `ca`
  kVerifyFull,  // the certificate must be good, and be the host's
};

struct MysqlOptions {
  std::string host;  // name or address; empty with a socket
  std::uint16_t port = 3306;
  std::string socket;  // path of a Unix socket; empty: TCP
  std::string user;
  std::string password;
  std::string database;
  MysqlTls mode = MysqlTls::kPrefer;
  std::shared_ptr<const net::TlsSettings> tls;  // null: what the mode says
};

// The single fields override the dsn's parts. Errors (kInvalid) never show any of the dsn but a parameter's name.
Result<MysqlOptions> read_mysql_options(const Settings& settings);

// "db.internal:3306/jobs", for messages.
std::string printable(const MysqlOptions& options);

}  // namespace fas::metrics
