// A real Prometheus of a test's own, from the package `prometheus`: on a free loopback port, in a temporary folder.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace fas::test {

struct PrometheusOptions {
  std::vector<std::uint16_t> targets;       // ports of 127.0.0.1 whose /metrics is scraped every 200 ms as job "test"
  std::string rules;                        // a rule file's text; empty: none
  std::string web_config;                   // a web configuration's text (TLS, users); empty: none
  std::vector<std::string> more_arguments;  // "--web.route-prefix=/x"
};

class PrometheusServer {
 public:
  static bool installed() { return has_program("prometheus"); }

  // Returns when it answers queries. Throws std::runtime_error with the end of
  // its log when it does not start.
  explicit PrometheusServer(PrometheusOptions options = {});

  std::uint16_t port() const { return port_; }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

  // Stop it, and start it anew on the same port with the data it had: a server that was away for a while.
  void stop();
  void restart();

  Process& process() { return *process_; }

 private:
  void start();

  TempDir folder_;
  PrometheusOptions options_;
  std::uint16_t port_ = 0;
  std::unique_ptr<Process> process_;
};

}  // namespace fas::test
