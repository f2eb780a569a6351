// Real Redis servers that belong together: a cluster, and a sentinel with what it watches.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/redis_server.h"

namespace fas::test {

// Three primaries with a third of the slots each, and a replica of the first.
class RedisClusterServers {
 public:
  // Every node knows all others, and all is well, once the constructor returns. Throws std::runtime_error.
  RedisClusterServers();

  static constexpr std::size_t kNodes = 4;
  RedisServer& node(std::size_t index) { return *nodes_.at(index); }  // 3 is the replica
  std::string id(std::size_t index) const;
  void wait_for_replica();  // until it has all that the first node has
  std::size_t owner(std::uint16_t slot) const { return slot <= kLast[0] ? 0 : slot <= kLast[1] ? 1 : 2; }  // at first

  // Writes through the node that has the key, `arguments` being a command with its key second.
  std::string cli(const std::vector<std::string>& arguments) const;

  // On all nodes.
  void each(const std::vector<std::string>& arguments) const;

 private:
  static constexpr std::uint16_t kLast[] = {5460, 10922, 16383};
  void wait_until_all_say(std::string_view what) const;

  std::vector<std::unique_ptr<RedisServer>> nodes_;
};

struct RedisSentinelOptions {
  std::string primary_password;
  std::string own_password;
  std::string tls_cert, tls_key, tls_ca;  // PEM; where given, it speaks TLS only, to the primary, too
};

class RedisSentinelServer {
 public:
  // Watches the server of that port under the name `jobs`, with a quorum of one. Throws std::runtime_error.
  explicit RedisSentinelServer(std::uint16_t primary, RedisSentinelOptions options = {});

  std::uint16_t port() const { return port_; }
  std::string cli(std::vector<std::string> arguments) const;  // not with TLS
  Process& process() { return *process_; }

 private:
  TempDir folder_;
  std::uint16_t port_ = 0;
  std::unique_ptr<Process> process_;
};

}  // namespace fas::test
