#include "tests/support/temporal_dev_server.h"

#include "tests/support/server_start.h"

#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <stdexcept>
#include <utility>

namespace fas::test {
namespace {

std::string program() {
  const char* cache = std::getenv("XDG_CACHE_HOME");
  const char* home = std::getenv("HOME");
  const std::string folder = cache != nullptr ? cache : std::string(home == nullptr ? "" : home) + "/.cache";
  return folder + "/fly-autoscaler-test/bin/temporal";
}

}  // namespace

bool TemporalDevServer::installed() { return access(program().c_str(), X_OK) == 0; }

TemporalDevServer::TemporalDevServer() {
  start_on_free_ports([&] {
    port_ = free_port();
    start();
  });
}

void TemporalDevServer::start() {
  ProcessOptions options;
  options.working_directory = folder_.path().string();
  options.output_file = folder_.file("log");
  options.environment = {{"HOME", folder_.path().string()}};
  process_ =
      std::make_unique<Process>(std::vector<std::string>{program(), "server", "start-dev", "--headless", "--ip",
                                                         "127.0.0.1", "--port", std::to_string(port_), "--db-filename",
                                                         folder_.file("temporal.db"), "--log-level", "error"},
                                std::move(options));
  // The port is open before the namespace is there.
  const auto ready = [&] {
    return port_accepts(port_) && run({"operator", "namespace", "describe", "--namespace", "default"});
  };
  if (process_->wait_until(ready, std::chrono::seconds(60))) return;
  process_->stop();
  throw std::runtime_error("temporal server start-dev: " + tail(folder_.file("log")));
}

std::string TemporalDevServer::address() const { return "127.0.0.1:" + std::to_string(port_); }

bool TemporalDevServer::run(std::vector<std::string> arguments) const {
  std::vector<std::string> argv = {program()};
  std::ranges::move(arguments, std::back_inserter(argv));
  argv.insert(argv.end(), {"--address", address()});
  ProcessOptions options;
  std::filesystem::remove(folder_.file("cli"));  // it is appended to
  options.output_file = folder_.file("cli");
  options.environment = {{"HOME", folder_.path().string()}};
  Process process(std::move(argv), std::move(options));
  return process.wait() == 0;
}

void TemporalDevServer::start_workflow(const std::string& type, const std::string& task_queue,
                                       const std::string& id) const {
  if (!run({"workflow", "start", "--type", type, "--task-queue", task_queue, "--workflow-id", id})) {
    throw std::runtime_error("temporal workflow start: " + read_file(folder_.file("cli")));
  }
}

void TemporalDevServer::terminate_workflow(const std::string& id) const {
  if (!run({"workflow", "terminate", "--workflow-id", id})) {
    throw std::runtime_error("temporal workflow terminate: " + read_file(folder_.file("cli")));
  }
}

void TemporalDevServer::restart() {
  process_->stop();
  start();
}

}  // namespace fas::test
