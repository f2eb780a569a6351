// A real NATS from the Debian package, with JetStream on disk and a monitoring port, for one test; and a client that
// speaks as much of its protocol as tests need.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace fas::test {

struct NatsOptions {
  std::string name = "n1";
  std::string more;      // lines of the configuration
  std::string tls_cert;  // PEM; where given, the monitoring port speaks TLS, and so does the other one
  std::string tls_key;
  bool jetstream = true;
};

class NatsServer {
 public:
  static bool installed() { return has_program("nats-server"); }

  // Listens once the constructor returns. Throws std::runtime_error with its log when it does not start.
  explicit NatsServer(NatsOptions options = {});

  std::uint16_t port() const { return port_; }  // of clients
  std::string url() const;                      // of the monitoring endpoint

  void kill();     // by SIGKILL, as a crash would
  void restart();  // on the same ports, with what it had on disk

  Process& process() { return *process_; }

 private:
  void start();

  NatsOptions options_;
  TempDir folder_;
  std::uint16_t port_ = 0, monitoring_port_ = 0;
  std::unique_ptr<Process> process_;
};

// Blocking, for a test's own thread. Everything throws std::runtime_error when the server does not answer within a few
// seconds, or with an error.
class NatsClient {
 public:
  struct Message {
    std::string subject, reply_to, payload;
  };

  explicit NatsClient(std::uint16_t port, const std::string& user = "", const std::string& password = "");
  NatsClient(const NatsClient&) = delete;
  NatsClient& operator=(const NatsClient&) = delete;
  ~NatsClient();

  void publish(const std::string& subject, const std::string& payload, const std::string& reply_to = "");
  void subscribe(const std::string& subject, int id);
  void unsubscribe(int id);
  Message next();

  // A request and its answer.
  std::string request(const std::string& subject, const std::string& payload);
  // Of JetStream's API ("STREAM.CREATE.JOBS"): throws where the answer holds an error.
  std::string api(const std::string& call, const std::string& payload);
  // Into a stream; returns when all are stored.
  void store(const std::string& subject, int count);

 private:
  void send(std::string_view bytes) const;
  std::string line();
  std::string take(std::size_t size);
  void fill();

  int socket_ = -1;
  int inboxes_ = 0;
  std::string buffer_;
};

}  // namespace fas::test
