#include "tests/support/prometheus_server.h"

#include "tests/support/server_start.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <stdexcept>
#include <utility>

namespace fas::test {
namespace {

std::string config_text(const PrometheusOptions& options) {
  std::string text = "global: { scrape_interval: 200ms, scrape_timeout: 200ms, evaluation_interval: 200ms }\n";
  if (!options.rules.empty()) text += "rule_files: [rules.yml]\n";
  text += "scrape_configs:\n- job_name: test\n  static_configs:\n  - targets: [";
  for (const std::uint16_t port : options.targets) text += "\"127.0.0.1:" + std::to_string(port) + "\", ";
  return text + "]\n";
}

}  // namespace

PrometheusServer::PrometheusServer(PrometheusOptions options) : options_(std::move(options)) {
  start_on_free_ports([&] {
    port_ = free_port();
    start();
  });
}

void PrometheusServer::start() {
  const std::size_t log_before = read_file(folder_.file("log")).size();
  std::vector<std::string> argv = {
      "prometheus", "--config.file=" + folder_.write("prometheus.yml", config_text(options_)),
      "--storage.tsdb.path=" + folder_.file("data"), "--web.listen-address=127.0.0.1:" + std::to_string(port_)};
  if (!options_.rules.empty()) folder_.write("rules.yml", options_.rules);
  if (!options_.web_config.empty())
    argv.push_back("--web.config.file=" + folder_.write("web.yml", options_.web_config));
  std::ranges::copy(options_.more_arguments, std::back_inserter(argv));
  process_ = std::make_unique<Process>(std::move(argv), ProcessOptions{.working_directory = folder_.path().string(),
                                                                       .environment = {},
                                                                       .output_file = folder_.file("log"),
                                                                       .stdout_file = {}});
  // Its log says so in every configuration; over HTTP the answer depends on prefixes, users and TLS.
  const auto ready = [&] {
    return read_file(folder_.file("log")).find("Server is ready to receive web requests", log_before) !=
           std::string::npos;
  };
  if (process_->wait_until(ready)) return;
  process_->stop();
  throw std::runtime_error("prometheus did not start: " + tail(folder_.file("log")));
}

void PrometheusServer::stop() { process_->stop(); }

void PrometheusServer::restart() {
  stop();
  start();
}

}  // namespace fas::test
