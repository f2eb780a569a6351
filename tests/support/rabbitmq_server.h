// A real RabbitMQ from the Debian package with its management API, for one test: its own ports and its own folder. Slow
// to start (several seconds), so share one between the tests of a suite.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace fas::test {

class RabbitmqServer {
 public:
  static bool installed();

  // The API answers once the constructor returns. With a certificate the API speaks TLS. Throws std::runtime_error with
  // the server's output when it does not start.
  explicit RabbitmqServer(std::string tls_cert = "", std::string tls_key = "");

  std::uint16_t port() const { return api_port_; }
  std::string url() const;  // of the management API; its user is guest, password guest

  void stop();
  void restart();  // on the same ports, with what it had on disk

  Process& process() { return *process_; }

 private:
  void start();

  std::string tls_cert_, tls_key_;
  TempDir folder_;
  std::uint16_t api_port_ = 0, amqp_port_ = 0, epmd_port_ = 0, cluster_port_ = 0;
  std::unique_ptr<Process> epmd_;  // else Erlang leaves one running for ever
  std::unique_ptr<Process> process_;
};

}  // namespace fas::test
