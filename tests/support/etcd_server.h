// A real etcd of a test's own, from the packages `etcd-server` and `etcd-client`: a cluster of one or more servers on
// free loopback ports, in a temporary folder.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/process.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_ca.h"

namespace fas::test {

struct EtcdServerOptions {
  std::size_t size = 1;
  std::optional<TestCa::Identity> tls;  // where given, clients must use it
  std::string client_ca;                // where given, with a certificate of theirs
};

class EtcdServer {
 public:
  static bool installed();

  // Returns when the cluster has a leader. Throws std::runtime_error with the end of a log when it does not start.
  explicit EtcdServer(EtcdServerOptions options = {});
  ~EtcdServer();

  std::vector<std::string> endpoints() const;  // "127.0.0.1:PORT"

  // The index of the leader; waits for one. Without TLS only.
  std::size_t leader();

  void kill(std::size_t index);     // as a crash
  void restart(std::size_t index);  // on the same ports with the data it had; does not wait for it
  void pause(std::size_t index);    // it stops answering, its connections stay
  void resume(std::size_t index);
  void wait_for_leader();

  // etcdctl on the first server. Throws std::runtime_error with what it says when it fails.
  void control(std::vector<std::string> arguments);

 private:
  struct Node {
    std::string name, data, log;
    std::uint16_t client_port = 0, peer_port = 0;
    std::unique_ptr<Process> process;
  };

  void start_all();
  void launch(Node& node);
  bool leads(const Node& node) const;

  EtcdServerOptions options_;
  TempDir folder_;
  std::vector<Node> nodes_;
};

}  // namespace fas::test
