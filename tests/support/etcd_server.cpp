#include "tests/support/etcd_server.h"

#include <fmt/format.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <iterator>
#include <stdexcept>
#include <utility>

#include "tests/support/server_start.h"

namespace fas::test {

bool EtcdServer::installed() { return has_program("etcd") && has_program("etcdctl"); }

EtcdServer::EtcdServer(EtcdServerOptions options) : options_(std::move(options)) {
  if (options_.tls) {
    folder_.write("cert.pem", options_.tls->cert);
    folder_.write("key.pem", options_.tls->key);
  }
  if (!options_.client_ca.empty()) folder_.write("client-ca.pem", options_.client_ca);
  start_on_free_ports([&] { start_all(); });
}

EtcdServer::~EtcdServer() {
  for (Node& node : nodes_) {
    if (node.process != nullptr) node.process->signal(SIGKILL);
  }
}

std::vector<std::string> EtcdServer::endpoints() const {
  std::vector<std::string> all;
  for (const Node& node : nodes_) all.push_back(fmt::format("127.0.0.1:{}", node.client_port));
  return all;
}

void EtcdServer::start_all() {
  nodes_.clear();
  for (std::size_t i = 0; i < options_.size; ++i) {
    Node& node = nodes_.emplace_back();
    node.name = fmt::format("node{}", i);
    node.data = folder_.file(node.name);
    node.log = folder_.file(node.name + ".log");
    std::filesystem::remove_all(node.data);
    node.client_port = free_port();
    node.peer_port = free_port();
  }
  for (Node& node : nodes_) launch(node);
  wait_for_leader();
}

void EtcdServer::launch(Node& node) {
  const std::string scheme = options_.tls ? "https" : "http";
  const std::string client = fmt::format("{}://127.0.0.1:{}", scheme, node.client_port);
  const std::string peer = fmt::format("http://127.0.0.1:{}", node.peer_port);
  std::string cluster;
  for (const Node& each : nodes_) {
    cluster += fmt::format("{}{}=http://127.0.0.1:{}", cluster.empty() ? "" : ",", each.name, each.peer_port);
  }
  std::vector<std::string> argv = {"etcd",
                                   "--name=" + node.name,
                                   "--data-dir=" + node.data,
                                   "--listen-client-urls=" + client,
                                   "--advertise-client-urls=" + client,
                                   "--listen-peer-urls=" + peer,
                                   "--initial-advertise-peer-urls=" + peer,
                                   "--initial-cluster=" + cluster,
                                   "--initial-cluster-token=" + folder_.path().filename().string(),
                                   "--heartbeat-interval=50",
                                   "--election-timeout=500"};
  if (options_.tls) {
    argv.push_back("--cert-file=" + folder_.file("cert.pem"));
    argv.push_back("--key-file=" + folder_.file("key.pem"));
  }
  if (!options_.client_ca.empty()) {
    argv.push_back("--trusted-ca-file=" + folder_.file("client-ca.pem"));
    argv.push_back("--client-cert-auth");
  }
  ProcessOptions process_options;
  process_options.working_directory = folder_.path().string();
  process_options.output_file = node.log;
  node.process = std::make_unique<Process>(std::move(argv), std::move(process_options));
}

bool EtcdServer::leads(const Node& node) const {
  if (node.process == nullptr) return false;
  if (options_.tls) return read_file(node.log).contains("elected leader");
  std::string metrics;
  return http_get(node.client_port, "/metrics", &metrics) == 200 && metrics.contains("\netcd_server_is_leader 1\n");
}

void EtcdServer::wait_for_leader() { leader(); }

std::size_t EtcdServer::leader() {
  std::size_t found = nodes_.size();
  const auto alive = std::ranges::find_if(nodes_, [](const Node& node) { return node.process != nullptr; });
  if (alive == nodes_.end()) throw std::runtime_error("no etcd runs");
  alive->process->wait_until([&] {
    for (std::size_t i = 0; i < nodes_.size() && found == nodes_.size(); ++i) {
      if (leads(nodes_[i])) found = i;
    }
    return found != nodes_.size();
  });
  if (found == nodes_.size()) throw std::runtime_error("etcd has no leader: " + tail(alive->log));
  return found;
}

void EtcdServer::kill(std::size_t index) {
  Node& node = nodes_[index];
  node.process->signal(SIGKILL);
  node.process->wait();
  node.process.reset();
}

void EtcdServer::restart(std::size_t index) { launch(nodes_[index]); }

void EtcdServer::pause(std::size_t index) {
  nodes_[index].process->signal(SIGSTOP);
  // Until every thread of it has stopped; what there is to learn of the process is left for its owner.
  siginfo_t info{};
  waitid(P_PID, static_cast<id_t>(nodes_[index].process->pid()), &info, WSTOPPED | WEXITED | WNOWAIT);
}

void EtcdServer::resume(std::size_t index) { nodes_[index].process->signal(SIGCONT); }

void EtcdServer::control(std::vector<std::string> arguments) {
  std::vector<std::string> argv = {"etcdctl", "--endpoints=" + endpoints().front()};
  std::ranges::move(arguments, std::back_inserter(argv));
  ProcessOptions process_options;
  process_options.environment = {{"ETCDCTL_API", "3"}};
  process_options.output_file = folder_.file("etcdctl.log");
  Process process(std::move(argv), std::move(process_options));
  if (process.wait() != 0) throw std::runtime_error("etcdctl: " + tail(folder_.file("etcdctl.log")));
}

}  // namespace fas::test
