#include "tests/support/rabbitmq_server.h"

#include "tests/support/server_start.h"

#include <algorithm>
#include <csignal>
#include <cstddef>
#include <filesystem>
#include <stdexcept>
#include <utility>

namespace fas::test {
namespace {

// The one in PATH insists on root or the package's own user and folders.
constexpr const char* kProgram = "/usr/lib/rabbitmq/bin/rabbitmq-server";

}  // namespace

bool RabbitmqServer::installed() { return std::filesystem::exists(kProgram) && has_program("epmd"); }

RabbitmqServer::RabbitmqServer(std::string tls_cert, std::string tls_key)
    : tls_cert_(std::move(tls_cert)), tls_key_(std::move(tls_key)) {
  start_on_free_ports([&] {
    api_port_ = free_port();
    amqp_port_ = free_port();
    epmd_port_ = free_port();
    cluster_port_ = free_port();
    start();
  });
}

std::string RabbitmqServer::url() const {
  return (tls_cert_.empty() ? "http://127.0.0.1:" : "https://127.0.0.1:") + std::to_string(api_port_);
}

void RabbitmqServer::start() {
  const std::string epmd_port = std::to_string(epmd_port_);
  if (epmd_ == nullptr || epmd_->exit_status()) {
    epmd_ = std::make_unique<Process>(std::vector<std::string>{"epmd", "-port", epmd_port, "-address", "127.0.0.1"});
    epmd_->wait_until([&] { return port_accepts(epmd_port_); });
  }
  const std::string api = tls_cert_.empty() ? "management.tcp." : "management.ssl.";
  std::string config = "listeners.tcp.default = 127.0.0.1:" + std::to_string(amqp_port_) +
                       "\ncollect_statistics_interval = 200\n" + api + "ip = 127.0.0.1\n" + api +
                       "port = " + std::to_string(api_port_) + "\n";
  if (!tls_cert_.empty()) {
    config += api + "certfile = " + folder_.write("cert.pem", tls_cert_) + "\n";
    config += api + "keyfile = " + folder_.write("key.pem", tls_key_) + "\n";
    config += api + "cacertfile = " + folder_.file("cert.pem") + "\n";
  }
  const std::size_t log_before = read_file(folder_.file("log")).size();
  ProcessOptions options;
  options.working_directory = folder_.path().string();
  options.output_file = folder_.file("log");
  options.environment = {{"HOME", folder_.path().string()},
                         {"ERL_EPMD_PORT", epmd_port},
                         {"ERL_EPMD_ADDRESS", "127.0.0.1"},
                         {"RABBITMQ_ALLOW_INPUT", "true"},  // no shell between us and the server
                         {"RABBITMQ_CONF_ENV_FILE", folder_.file("none")},
                         {"RABBITMQ_CONFIG_FILE", folder_.write("rabbitmq.conf", config)},
                         {"RABBITMQ_DIST_PORT", std::to_string(cluster_port_)},
                         {"RABBITMQ_ENABLED_PLUGINS_FILE", folder_.write("plugins", "[rabbitmq_management].\n")},
                         {"RABBITMQ_LOG_BASE", folder_.file("logs")},
                         {"RABBITMQ_MNESIA_BASE", folder_.file("data")},
                         {"RABBITMQ_NODENAME", "fas" + std::to_string(amqp_port_) + "@localhost"}};
  process_ = std::make_unique<Process>(std::vector<std::string>{kProgram, "-noinput"}, std::move(options));
  const auto ready = [&] {
    return read_file(folder_.file("log")).find("Starting broker... completed", log_before) != std::string::npos;
  };
  if (process_->wait_until(ready, std::chrono::seconds(90))) return;
  process_->stop();
  throw std::runtime_error("rabbitmq-server did not start: " + tail(folder_.file("log")));
}

void RabbitmqServer::stop() { process_->stop(std::chrono::seconds(20)); }

void RabbitmqServer::restart() {
  stop();
  start();
}

}  // namespace fas::test
