// A real Redis from the Debian package, for one test: its own port, nothing on disk.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace fas::test {

// What redis-cli prints, without the line ends behind it.
std::string redis_cli(std::uint16_t port, const TempDir& folder, std::vector<std::string> arguments);

struct RedisOptions {
  std::vector<std::string> more_arguments;  // as in {"--requirepass", "secret"}
  std::string tls_cert;                     // PEM; where given, the port speaks TLS and nothing else
  std::string tls_key;
};

class RedisServer {
 public:
  static bool installed() { return has_program("redis-server") && has_program("redis-cli"); }

  // Listens once the constructor returns. Throws std::runtime_error with its log when it does not start.
  explicit RedisServer(RedisOptions options = {});

  std::uint16_t port() const { return port_; }
  std::string url(const std::string& credentials = "") const;  // "redis://user:password@127.0.0.1:PORT"

  // Runs redis-cli with these arguments and returns what it prints. Not for servers with TLS or a password.
  std::string cli(std::vector<std::string> arguments) const;

  void stop();     // by SIGKILL: nothing is said to clients
  void restart();  // on the same port, empty

  Process& process() { return *process_; }

 private:
  void start();

  RedisOptions options_;
  TempDir folder_;
  std::uint16_t port_ = 0;
  std::unique_ptr<Process> process_;
};

}  // namespace fas::test
