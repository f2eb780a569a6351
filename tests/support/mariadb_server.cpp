#include "tests/support/mariadb_server.h"

#include "tests/support/server_start.h"

#include <mysql.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <stdexcept>
#include <utility>

namespace fas::test {
namespace {

using Connection = std::unique_ptr<MYSQL, decltype([](MYSQL* connection) { mysql_close(connection); })>;

// Root has no password on the Unix socket. Null when there is no answer.
Connection connect(const std::string& socket) {
  Connection connection(mysql_init(nullptr));
  const unsigned int protocol = MYSQL_PROTOCOL_SOCKET;
  mysql_optionsv(connection.get(), MYSQL_OPT_PROTOCOL, &protocol);
  mysql_optionsv(connection.get(), MYSQL_SET_CHARSET_NAME, "utf8mb4");
  const bool made = mysql_real_connect(connection.get(), nullptr, "root", "", nullptr, 0, socket.c_str(),
                                       CLIENT_MULTI_STATEMENTS) != nullptr;
  return made ? std::move(connection) : Connection();
}

// The server refuses to run as root unless it is told to.
std::vector<std::string> command(const std::string& program, const TempDir& folder) {
  std::vector<std::string> argv = {program, "--no-defaults", "--datadir=" + folder.file("data")};
  if (geteuid() == 0) argv.emplace_back("--user=root");
  return argv;
}

}  // namespace

MariadbServer::MariadbServer(const TestCa::Identity* tls) : has_tls_(tls != nullptr) {
  if (tls != nullptr) {
    folder_.write("cert.pem", tls->cert);
    folder_.write("key.pem", tls->key);
  }
  std::vector<std::string> argv = command("mariadb-install-db", folder_);
  for (const char* argument : {"--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve",
                               "--innodb-log-file-size=4M", "--innodb-use-native-aio=0"}) {
    argv.emplace_back(argument);
  }
  ProcessOptions options;
  options.output_file = folder_.file("log");
  Process install(std::move(argv), std::move(options));
  if (install.wait(std::chrono::minutes(2)) != 0) {
    throw std::runtime_error("mariadb-install-db: " + tail(folder_.file("log")));
  }
  start_on_free_ports([&] {
    port_ = free_port();
    start();
  });
  run("CREATE USER admin IDENTIFIED BY 'admin-s3cret'; GRANT ALL ON *.* TO admin");
}

void MariadbServer::start() {
  std::vector<std::string> argv = command("mariadbd", folder_);
  const std::vector<std::string> more = {"--bind-address=127.0.0.1",
                                         "--port=" + std::to_string(port_),
                                         "--socket=" + socket(),
                                         "--pid-file=" + folder_.file("pid"),
                                         "--skip-name-resolve",
                                         "--max-connections=30",
                                         "--innodb-buffer-pool-size=16M",
                                         "--innodb-log-file-size=4M",
                                         "--innodb-flush-log-at-trx-commit=2",
                                         "--innodb-use-native-aio=0",
                                         "--character-set-server=utf8mb4"};
  std::ranges::copy(more, std::back_inserter(argv));
  if (has_tls_) {
    argv.push_back("--ssl-cert=" + folder_.file("cert.pem"));
    argv.push_back("--ssl-key=" + folder_.file("key.pem"));
  }
  ProcessOptions options;
  options.working_directory = folder_.path().string();
  options.output_file = folder_.file("log");
  process_ = std::make_unique<Process>(std::move(argv), std::move(options));
  if (process_->wait_until([&] { return connect(socket()) != nullptr; })) return;
  process_->stop();
  throw std::runtime_error("mariadbd did not start: " + tail(folder_.file("log")));
}

void MariadbServer::run(const std::string& sql) const {
  const Connection connection = connect(socket());
  if (connection == nullptr) throw std::runtime_error("no connection to mariadbd");
  int more = mysql_real_query(connection.get(), sql.data(), sql.size());
  while (more == 0) {
    mysql_free_result(mysql_store_result(connection.get()));
    more = mysql_next_result(connection.get());
  }
  if (more > 0) throw std::runtime_error(mysql_error(connection.get()));
}

void MariadbServer::kill() {
  process_->signal(SIGKILL);
  process_->wait();
}

}  // namespace fas::test
