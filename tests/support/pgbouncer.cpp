#include "tests/support/pgbouncer.h"

#include "tests/support/server_start.h"

#include <unistd.h>

#include <filesystem>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace fas::test {
namespace {

constexpr const char* kOfDebian = "/usr/sbin/pgbouncer";  // where a user's PATH may not look

}  // namespace

bool Pgbouncer::installed() {
  return PostgresServer::installed() && (std::filesystem::exists(kOfDebian) || has_program("pgbouncer"));
}

Pgbouncer::Pgbouncer(const PostgresServer& server) {
  start_on_free_ports([&] {
    port_ = free_port();
    start(server);
  });
}

void Pgbouncer::start(const PostgresServer& server) {
  std::string settings =
      "[databases]\npostgres = host=127.0.0.1 port=" + std::to_string(server.port()) +
      " dbname=postgres user=admin password=admin-s3cret\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = " +
      std::to_string(port_) + "\nunix_socket_dir =\nauth_type = any\npool_mode = transaction\ndefault_pool_size = 1\n";
  if (geteuid() == 0) settings += "user = postgres\n";  // it refuses to run as root
  ProcessOptions options;
  options.output_file = folder_.file("log");
  const std::string program = std::filesystem::exists(kOfDebian) ? kOfDebian : "pgbouncer";
  std::vector<std::string> argv = {program, folder_.write("pgbouncer.ini", settings)};
  process_ = std::make_unique<Process>(std::move(argv), std::move(options));
  if (process_->wait_until([&] { return port_accepts(port_); })) return;
  process_->stop();
  throw std::runtime_error("pgbouncer did not start: " + tail(folder_.file("log")));
}

}  // namespace fas::test
