// A real Postgres of a test's own, from the package `postgresql`: on a free loopback port, in a temporary folder.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "tests/support/process.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_ca.h"

namespace fas::test {

class PostgresServer {
 public:
  static bool installed();

  // With `tls`, TCP connections must use it. Returns when it answers. Throws std::runtime_error with the end of its log
  // when it does not start. There is the superuser `admin` with the password `admin-s3cret`.
  explicit PostgresServer(const TestCa::Identity* tls = nullptr);
  ~PostgresServer();

  std::uint16_t port() const { return port_; }
  std::string folder() const { return folder_.path().string(); }  // of the Unix socket

  // Statements, as `admin`. Returns the first cell of the last one's answer. Throws std::runtime_error.
  std::string run(const std::string& sql, const std::string& database = "postgres") const;

  // Ends it as a crash would, and starts it anew on the same port with the data it had.
  void kill();
  void restart();

  // It and all of its sessions stop answering; connections stay, and new ones seem to be made.
  void pause();
  void resume();

 private:
  void make_cluster();
  void start();
  void signal_all(int number);
  std::unique_ptr<Process> launch(const std::string& program, std::vector<std::string> arguments) const;

  TempDir folder_;
  std::uint16_t port_ = 0;
  std::unique_ptr<Process> process_;
};

}  // namespace fas::test
