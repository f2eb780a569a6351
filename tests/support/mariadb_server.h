// A real MariaDB of a test's own, from the package `mariadb-server`: on a free loopback port, in a temporary folder.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/process.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_ca.h"

namespace fas::test {

class MariadbServer {
 public:
  static bool installed() { return has_program("mariadbd") && has_program("mariadb-install-db"); }

  // Returns when it answers; with `tls` it offers TLS. Throws std::runtime_error with the end of its log when it does
  // not start. There is the superuser `admin` with the password `admin-s3cret`.
  explicit MariadbServer(const TestCa::Identity* tls = nullptr);

  std::uint16_t port() const { return port_; }
  std::string socket() const { return folder_.file("socket"); }

  // Statements, as root. Throws std::runtime_error.
  void run(const std::string& sql) const;

  // Ends it as a crash would, and starts it anew on the same port with the data it had.
  void kill();
  void restart() { start(); }

  Process& process() { return *process_; }

 private:
  void start();

  TempDir folder_;
  bool has_tls_ = false;
  std::uint16_t port_ = 0;
  std::unique_ptr<Process> process_;
};

}  // namespace fas::test
