// A Redis cluster: each command goes to the node that has its key.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "metrics/redis_connection.h"

namespace fas::metrics {

// Learns where slots are from the nodes' redirections, so that the user needs no right to look at the cluster. A node
// that cannot be reached is forgotten and another one asked. On the loop's thread.
class RedisCluster final : public RedisServer {
 public:
  // `seeds` are any of its nodes, at least one; their user, password and `tls` hold for all of them.
  RedisCluster(const SourceContext& context, std::vector<RedisAddress> seeds,
               std::shared_ptr<const net::TlsSettings> tls);

  boost::asio::awaitable<Result<std::vector<RedisReply>>> ask(std::vector<RedisCommand> commands,
                                                              Deadline deadline) override;

 private:
  using Node = std::pair<std::string, std::uint16_t>;  // host and port
  struct Open {
    std::size_t index;  // of the command
    Node node;
    bool asking = false;
  };
  struct Group {
    std::shared_ptr<RedisConnection> connection;
    std::vector<Open> open;
  };
  // What one ask() knows.
  struct Progress {
    std::vector<RedisCommand> commands;
    std::vector<RedisReply> replies;
    std::vector<Open> open;
    std::map<Node, Error> failed;
  };

  Result<Node> node_for(const RedisCommand& command, const Progress& progress) const;
  std::vector<Group> groups(const Progress& progress);
  Result<void> note_failure(const Group& group, Error error, Progress& progress);
  Result<void> ask_elsewhere(const Group& group, Progress& progress);
  Result<void> take(const Group& group, std::vector<RedisReply> replies, Progress& progress);
  std::shared_ptr<RedisConnection> connection(const Node& node);

  SourceContext context_;
  std::vector<RedisAddress> seeds_;
  std::shared_ptr<const net::TlsSettings> tls_;
  std::map<std::uint16_t, Node> slots_;  // of those that were asked for
  std::map<Node, std::shared_ptr<RedisConnection>> nodes_;
};

}  // namespace fas::metrics
