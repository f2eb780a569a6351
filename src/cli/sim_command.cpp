#include "cli/sim_command.h"

#include <fmt/format.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <utility>

namespace fas::cli {
namespace {

// Whole or not at all: who waits for the file never reads half a number.
Result<void> write_port(const std::string& path, std::uint16_t port) {
  const std::string draft = path + ".new";
  std::ofstream file(draft);
  file << port << '\n';
  file.close();
  if (!file || std::rename(draft.c_str(), path.c_str()) != 0) {
    return fail(ErrorKind::kUnavailable, fmt::format("cannot write the port to {}", path));
  }
  return {};
}

}  // namespace

int run_sim(std::span<const std::string> args, std::ostream& out, std::ostream& err) {
  Result<SimSettings> settings = read_sim_settings(args);
  if (!settings) {
    err << "ERROR: " << settings.error().message << '\n';
    return 1;
  }
  if (settings->show_help) {
    out << settings->help;
    return 0;
  }
  boost::asio::io_context loop(1);
  boost::asio::signal_set signals(loop, SIGINT, SIGTERM);
  const std::size_t apps = settings->options.apps.size();
  const std::uint64_t seed = settings->options.world.seed;
  auto server = sim::Server::start(loop, std::move(settings->options));
  if (!server) {
    err << "ERROR: " << server.error().message << '\n';
    return 1;
  }
  if (!settings->port_file.empty()) {
    if (auto written = write_port(settings->port_file, (*server)->port()); !written) {
      err << "ERROR: " << written.error().message << '\n';
      return 1;
    }
  }
  err << fmt::format(R"({{"level":"INFO","msg":"simulator listening","url":"{}","port":{},"apps":{},"seed":{}}})",
                     (*server)->url(), (*server)->port(), apps, seed)
      << std::endl;
  signals.async_wait([&](boost::system::error_code, int) {
    (*server)->stop();
    loop.stop();
  });
  loop.run();
  err << R"({"level":"INFO","msg":"simulator stopped"})" << std::endl;
  return 0;
}

}  // namespace fas::cli
