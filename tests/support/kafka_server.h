// A real Kafka of a test's own: one node in KRaft mode, on free loopback ports, in a temporary folder.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/process.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_ca.h"

namespace fas::test {

class KafkaServer {
 public:
  // Why there is none here; empty when it can be started. Maven fetches its jars once, into the user's cache folder.
  static std::string missing();

  // Three ways in: plain, with a login (user `autoscaler`; PLAIN with `s3cret-plain`, SCRAM-SHA-256 and -512 with
  // `s3cret-scram`, OAUTHBEARER with any unsigned token), and TLS. Returns once it listens. Throws std::runtime_error
  // with the end of its log when it does not start.
  explicit KafkaServer(const TestCa::Identity& tls);

  std::string plain() const { return address(plain_port_); }
  std::string login() const { return address(login_port_); }
  std::string tls() const { return address(tls_port_); }

  // Ends it as a crash would, and starts it anew on the same ports with the data it had.
  void kill();
  void restart() { start(); }

 private:
  static std::string address(std::uint16_t port) { return "127.0.0.1:" + std::to_string(port); }
  std::string write_properties(const std::string& keystore);
  std::unique_ptr<Process> java(std::vector<std::string> arguments) const;
  void format();
  void start();

  TempDir folder_;
  std::uint16_t plain_port_ = 0;
  std::uint16_t login_port_ = 0;
  std::uint16_t tls_port_ = 0;
  std::uint16_t controller_port_ = 0;
  std::unique_ptr<Process> process_;
};

}  // namespace fas::test
