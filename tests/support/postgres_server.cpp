#include "tests/support/postgres_server.h"

#include "tests/support/server_start.h"

#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <utility>

namespace fas::test {
namespace {

// The newest version that is installed; empty when none is.
std::string programs() {
  std::string newest;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator("/usr/lib/postgresql", none)) {
    const std::string folder = (entry.path() / "bin").string();
    if (std::filesystem::exists(folder + "/initdb")) newest = std::max(newest, folder);
  }
  return newest;
}

// The server refuses to run as root, so there it runs as the user whom the package made.
const passwd* user_of_server() {
  return geteuid() == 0 ? getpwnam("postgres") : nullptr;  // NOLINT(concurrency-mt-unsafe): a test's start
}

}  // namespace

bool PostgresServer::installed() {
  return !programs().empty() && (geteuid() != 0 || (user_of_server() != nullptr && has_program("setpriv")));
}

PostgresServer::PostgresServer(const TestCa::Identity* tls) {
  const std::filesystem::path folder = folder_.path();
  folder_.write("password", "admin-s3cret\n");
  if (tls != nullptr) {
    folder_.write("server.crt", tls->cert);
    folder_.write("server.key", tls->key);
    std::filesystem::permissions(folder / "server.key", std::filesystem::perms::owner_read);
  }
  if (const passwd* user = user_of_server(); user != nullptr) {
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      if (chown(entry.path().c_str(), user->pw_uid, user->pw_gid) != 0) throw std::runtime_error("chown failed");
    }
    if (chown(folder.c_str(), user->pw_uid, user->pw_gid) != 0) throw std::runtime_error("chown failed");
  }
  make_cluster();
  const std::string data = folder_.file("data");
  std::ofstream(data + "/postgresql.conf", std::ios::app)
      << "listen_addresses = '127.0.0.1'\nunix_socket_directories = '" << folder.string()
      << "'\nfsync = off\nmax_connections = 20\n"
      << (tls == nullptr ? ""
                         : "ssl = on\nssl_cert_file = '" + folder_.file("server.crt") + "'\nssl_key_file = '" +
                               folder_.file("server.key") + "'\n");
  std::ofstream(data + "/pg_hba.conf") << "local all admin trust\n"
                                       << (tls == nullptr ? "host" : "hostssl")
                                       << " all all 127.0.0.1/32 scram-sha-256\n";
  start_on_free_ports([&] {
    port_ = free_port();
    start();
  });
}

PostgresServer::~PostgresServer() {
  if (process_ == nullptr) return;
  resume();
  process_->signal(SIGINT);  // "fast": without waiting for clients to leave
  process_->wait();
}

std::unique_ptr<Process> PostgresServer::launch(const std::string& program, std::vector<std::string> arguments) const {
  std::vector<std::string> argv;
  if (user_of_server() != nullptr) {
    argv = {"setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--pdeathsig=KILL"};
  }
  argv.push_back(programs() + "/" + program);
  std::ranges::move(arguments, std::back_inserter(argv));
  return std::make_unique<Process>(
      std::move(argv),
      ProcessOptions{
          .working_directory = folder(), .environment = {}, .output_file = folder_.file("log"), .stdout_file = {}});
}

void PostgresServer::make_cluster() {
  const auto initdb = launch("initdb", {"-D", folder_.file("data"), "--no-sync", "-U", "admin", "-A", "scram-sha-256",
                                        "--pwfile", folder_.file("password"), "--locale=C.UTF-8", "-E", "UTF8"});
  if (initdb->wait(std::chrono::minutes(2)) != 0) throw std::runtime_error("initdb: " + tail(folder_.file("log")));
}

void PostgresServer::start() {
  process_ = launch("postgres", {"-D", folder_.file("data"), "-p", std::to_string(port_)});
  const std::string dsn = "host=" + folder() + " port=" + std::to_string(port_) + " user=admin dbname=postgres";
  if (process_->wait_until([&] { return PQping(dsn.c_str()) == PQPING_OK; })) return;
  process_->stop();
  throw std::runtime_error("postgres did not start: " + tail(folder_.file("log")));
}

std::string PostgresServer::run(const std::string& sql, const std::string& database) const {
  const std::string dsn =
      "host=" + folder() + " port=" + std::to_string(port_) + " user=admin dbname='" + database + "'";
  const std::unique_ptr<PGconn, void (*)(PGconn*)> connection(PQconnectdb(dsn.c_str()), &PQfinish);
  PQsetNoticeProcessor(connection.get(), [](void*, const char*) {}, nullptr);
  const std::unique_ptr<PGresult, void (*)(PGresult*)> result(PQexec(connection.get(), sql.c_str()), &PQclear);
  const ExecStatusType status = PQresultStatus(result.get());
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
    throw std::runtime_error(PQerrorMessage(connection.get()));
  }
  return PQntuples(result.get()) > 0 ? PQgetvalue(result.get(), 0, 0) : "";
}

void PostgresServer::kill() {
  process_->signal(SIGQUIT);  // "immediate": like a crash, but its own processes go, too
  process_->wait();
}

void PostgresServer::restart() { start(); }

void PostgresServer::pause() { signal_all(SIGSTOP); }

void PostgresServer::resume() { signal_all(SIGCONT); }

// Itself first, so that it starts no session meanwhile.
void PostgresServer::signal_all(int number) {
  const std::string id = std::to_string(process_->pid());
  process_->signal(number);
  std::ifstream children("/proc/" + id + "/task/" + id + "/children");
  for (pid_t child = 0; children >> child;) ::kill(child, number);
}

}  // namespace fas::test
