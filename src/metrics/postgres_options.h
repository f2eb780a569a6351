// Where a Postgres server is and how to talk to it, out of the fields of the source. No I/O.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "metrics/registry.h"

namespace fas::metrics {

struct PostgresHost {
  std::string name;  // name, address, or the folder of a Unix socket
  std::string port;

  bool is_socket() const { return name.starts_with('/') || name.starts_with('@'); }
};

struct PostgresOptions {
  std::vector<PostgresHost> hosts;                // to be tried in this order; at least one
  std::map<std::string, std::string> parameters;  // libpq's other keywords
  std::shared_ptr<const net::TlsSettings> tls;    // null: what sslmode says
};

// The single fields override the dsn's parts. Errors (kInvalid) never show any of the dsn.
Result<PostgresOptions> postgres_options(const Settings& settings);

// "db.internal:5432/jobs", for messages.
std::string printable(const PostgresOptions& options);

}  // namespace fas::metrics
