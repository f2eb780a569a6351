// A real pgbouncer of a test's own, from the package `pgbouncer`, in front of a test's Postgres.
#pragma once

#include <cstdint>
#include <memory>

#include "tests/support/postgres_server.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace fas::test {

// In transaction mode, with one session at the server for all. Lets everybody in, as the server's `admin`.
class Pgbouncer {
 public:
  static bool installed();

  // Throws std::runtime_error with the end of its log when it does not start.
  explicit Pgbouncer(const PostgresServer& server);

  std::uint16_t port() const { return port_; }

 private:
  void start(const PostgresServer& server);

  TempDir folder_;
  std::uint16_t port_ = 0;
  std::unique_ptr<Process> process_;
};

}  // namespace fas::test
