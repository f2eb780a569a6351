#include "tests/support/redis_group.h"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <stdexcept>
#include <utility>

namespace fas::test {

RedisClusterServers::RedisClusterServers() {
  for (std::size_t i = 0; i < kNodes; ++i) {
    RedisOptions options;
    options.more_arguments = {"--cluster-enabled",
                              "yes",
                              "--cluster-port",
                              std::to_string(free_port()),
                              "--shutdown-timeout",
                              "0",
                              "--cluster-node-timeout",
                              "1000",
                              "--cluster-replica-validity-factor",
                              "0"};
    nodes_.push_back(std::make_unique<RedisServer>(std::move(options)));
  }
  for (std::size_t i = 0; i < std::size(kLast); ++i) {
    const int first = i == 0 ? 0 : kLast[i - 1] + 1;
    nodes_[i]->cli({"CLUSTER", "ADDSLOTSRANGE", std::to_string(first), std::to_string(kLast[i])});
    // Else two nodes may claim the same epoch, and take a while to settle that.
    nodes_[i]->cli({"CLUSTER", "SET-CONFIG-EPOCH", std::to_string(i + 1)});
  }
  // Each with each: word of mouth takes seconds.
  for (const auto& node : nodes_) {
    const std::string port = std::to_string(node->port());
    const std::string bus = node->cli({"CONFIG", "GET", "cluster-port"});
    for (const auto& other : nodes_) {
      if (other != node) other->cli({"CLUSTER", "MEET", "127.0.0.1", port, bus.substr(bus.find('\n') + 1)});
    }
  }
  wait_until_all_say("cluster_known_nodes:" + std::to_string(kNodes));
  nodes_[3]->cli({"CLUSTER", "REPLICATE", id(0)});
  wait_until_all_say("cluster_state:ok");
}

void RedisClusterServers::wait_for_replica() {
  const auto attached = [&] { return nodes_[0]->cli({"INFO", "replication"}).contains("state=online"); };
  if (!nodes_[0]->process().wait_until(attached)) throw std::runtime_error("the replica does not attach itself");
}

void RedisClusterServers::wait_until_all_say(std::string_view what) const {
  for (const auto& node : nodes_) {
    if (node->process().wait_until([&] { return node->cli({"CLUSTER", "INFO"}).contains(what); })) continue;
    throw std::runtime_error("no cluster: " + node->cli({"CLUSTER", "INFO"}));
  }
}

std::string RedisClusterServers::id(std::size_t index) const { return nodes_.at(index)->cli({"CLUSTER", "MYID"}); }

std::string RedisClusterServers::cli(const std::vector<std::string>& arguments) const {
  std::vector<std::string> argv = {"-c"};
  std::ranges::copy(arguments, std::back_inserter(argv));
  return nodes_[1]->cli(std::move(argv));
}

void RedisClusterServers::each(const std::vector<std::string>& arguments) const {
  for (const auto& node : nodes_) node->cli(arguments);
}

RedisSentinelServer::RedisSentinelServer(std::uint16_t primary, RedisSentinelOptions options) {
  port_ = free_port();
  const std::string port = std::to_string(port_);
  std::string config = "bind 127.0.0.1\nprotected-mode no\ndir " + folder_.path().string() + "\n";
  if (options.tls_cert.empty()) {
    config += "port " + port + "\n";
  } else {
    config += "port 0\ntls-port " + port + "\ntls-replication yes\ntls-auth-clients no\n";
    config += "tls-cert-file " + folder_.write("cert.pem", options.tls_cert) + "\n";
    config += "tls-key-file " + folder_.write("key.pem", options.tls_key) + "\n";
    config += "tls-ca-cert-file " + folder_.write("ca.pem", options.tls_ca) + "\n";
  }
  config += "sentinel monitor jobs 127.0.0.1 " + std::to_string(primary) + " 1\n";
  config += "sentinel down-after-milliseconds jobs 500\nsentinel failover-timeout jobs 2000\n";
  if (!options.primary_password.empty()) config += "sentinel auth-pass jobs " + options.primary_password + "\n";
  if (!options.own_password.empty()) config += "requirepass " + options.own_password + "\n";
  ProcessOptions process_options;
  process_options.working_directory = folder_.path().string();
  process_options.output_file = folder_.file("log");
  process_ = std::make_unique<Process>(
      std::vector<std::string>{"redis-server", folder_.write("sentinel.conf", config), "--sentinel"},
      std::move(process_options));
  if (process_->wait_until([&] { return port_accepts(port_); })) return;
  process_->stop();
  throw std::runtime_error("the sentinel did not start: " + read_file(folder_.file("log")));
}

std::string RedisSentinelServer::cli(std::vector<std::string> arguments) const {
  return redis_cli(port_, folder_, std::move(arguments));
}

}  // namespace fas::test
