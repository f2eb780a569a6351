#include "tests/support/redis_server.h"

#include "tests/support/server_start.h"

#include <algorithm>
#include <csignal>
#include <cstddef>
#include <filesystem>
#include <iterator>
#include <stdexcept>
#include <utility>

namespace fas::test {

RedisServer::RedisServer(RedisOptions options) : options_(std::move(options)) {
  start_on_free_ports([&] {
    port_ = free_port();
    start();
  });
}

void RedisServer::start() {
  const bool tls = !options_.tls_cert.empty();
  const std::string port = std::to_string(port_);
  std::vector<std::string> argv = {
      "redis-server",          "--bind", "127.0.0.1",     "--save", "", "--appendonly", "no", "--dir",
      folder_.path().string(), "--port", tls ? "0" : port};
  if (tls) {
    const std::vector<std::string> more = {"--tls-port",         port,
                                           "--tls-cert-file",    folder_.write("cert.pem", options_.tls_cert),
                                           "--tls-key-file",     folder_.write("key.pem", options_.tls_key),
                                           "--tls-ca-cert-file", folder_.file("cert.pem"),
                                           "--tls-auth-clients", "no"};
    std::ranges::copy(more, std::back_inserter(argv));
  }
  std::ranges::copy(options_.more_arguments, std::back_inserter(argv));
  ProcessOptions process_options;
  process_options.working_directory = folder_.path().string();
  process_options.output_file = folder_.file("log");
  process_ = std::make_unique<Process>(std::move(argv), std::move(process_options));
  if (process_->wait_until([&] { return port_accepts(port_); })) return;
  process_->stop();
  throw std::runtime_error("redis-server did not start: " + tail(folder_.file("log")));
}

std::string RedisServer::url(const std::string& credentials) const {
  return std::string(options_.tls_cert.empty() ? "redis://" : "rediss://") + credentials +
         (credentials.empty() ? "" : "@") + "127.0.0.1:" + std::to_string(port_);
}

std::string RedisServer::cli(std::vector<std::string> arguments) const {
  return redis_cli(port_, folder_, std::move(arguments));
}

std::string redis_cli(std::uint16_t port, const TempDir& folder, std::vector<std::string> arguments) {
  std::vector<std::string> argv = {"redis-cli", "-p", std::to_string(port)};
  std::ranges::move(arguments, std::back_inserter(argv));
  ProcessOptions options;
  std::filesystem::remove(folder.file("cli"));  // it is appended to
  options.output_file = folder.file("cli");
  Process process(std::move(argv), std::move(options));
  process.wait();
  std::string output = read_file(folder.file("cli"));
  while (output.ends_with('\n')) output.pop_back();
  return output;
}

void RedisServer::stop() {
  process_->signal(SIGKILL);
  process_->wait();
}

void RedisServer::restart() {
  if (!process_->exit_status()) stop();
  start();
}

}  // namespace fas::test
