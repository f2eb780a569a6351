#include "tests/soak/kinds.h"

#include <fmt/format.h>
#include <libpq-fe.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <csignal>
#include <exception>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "metrics/registry.h"
#include "net/curl_transport.h"
#include "net/system_clock.h"
#include "tests/soak/stand_in.h"
#include "tests/support/mariadb_server.h"
#include "tests/support/nats_server.h"
#include "tests/support/postgres_server.h"
#include "tests/support/prometheus_server.h"
#include "tests/support/rabbitmq_server.h"
#include "tests/support/redis_server.h"
#include "tests/support/run.h"
#include "tests/support/temp_dir.h"

namespace fas::test {
namespace {

// One for the whole run, in a file for those who want a path.
struct Authority {
  Authority() : identity(ca.issue("IP:127.0.0.1")), file(folder.write("ca.pem", ca.pem())) {}
  TestCa ca;
  TestCa::Identity identity;
  TempDir folder;
  std::string file;
};

std::string line(const std::string& type, const std::string& name, const std::string& fields) {
  return fmt::format("- {{type: \"{}\", metric-name: \"{}\", timeout: \"300ms\", {}}}\n", type, name, fields);
}

// A stopped process takes connections and answers nothing: the deadline has to end the question.
Trouble stalled(Process& process) {
  return {.name = "stalled",
          .begin = [&process] { process.signal(SIGSTOP); },
          .end = [&process] { process.signal(SIGCONT); },
          .ticks = 1};
}
// The same where a restart makes a new process.
template <class Server>
Trouble stalled_server(Server& server) {
  return {.name = "stalled",
          .begin = [&server] { server.process().signal(SIGSTOP); },
          .end = [&server] { server.process().signal(SIGCONT); },
          .ticks = 1};
}

Kind stand_in(const std::string& type, const std::function<std::string(const std::string& address)>& collectors) {
  auto server = std::make_shared<StandIn>(type);
  const auto down = [at = server.get()] { at->toggle_down(); };
  const auto refuse = [at = server.get()] { at->toggle_refusing(); };
  return {.type = type,
          .collectors = collectors(server->address()),
          .troubles = {{.name = "killed", .begin = down, .end = down},
                       {.name = "refused", .begin = refuse, .end = refuse},
                       stalled(server->process())},
          .server = server};
}

Kind http_kind() {
  return stand_in("http", [](const std::string& at) {
    return line("http", "http",
                "url: \"http://" + at + "/stats?app=$APP_NAME\", value: \"/queues/0/depth\", token: \"s3cret\"") +
           line("http", "http_page",
                "url: \"http://" + at +
                    "/metrics\", metric: \"depth\", labels: {app: \"$APP_NAME\"}, token: \"s3cret\"");
  });
}

Kind sqs_kind() {
  return stand_in("sqs", [](const std::string& at) {
    return line("sqs", "sqs",
                "queue-url: \"http://" + at +
                    "/1/$APP_NAME\", region: \"eu-west-1\", access-key-id: \"AK\", secret-access-key: \"s3cret\"");
  });
}

Kind github_kind() {
  return stand_in("github", [](const std::string& at) {
    return line("github", "github",
                "owner: \"acme\", repos: [\"app\"], labels: [\"$APP_NAME\"], api-url: \"http://" + at +
                    "\", token: \"s3cret\"");
  });
}

Kind temporal_kind() {
  return stand_in("temporal", [](const std::string& at) {
    return line("temporal", "temporal",
                "address: \"" + at + "\", namespace: \"default\", query: \"WorkflowType='$APP_NAME'\"") +
           line("temporal", "temporal_backlog",
                "address: \"" + at + "\", namespace: \"default\", task-queue: \"$APP_NAME\"");
  });
}

Kind kafka_kind() {
  return stand_in("kafka", [](const std::string& at) {
    return line("kafka", "kafka", "bootstrap-servers: \"" + at + "\", consumer-group: \"$APP_NAME\", topic: \"jobs\"");
  });
}

Kind redis_kind() {
  auto server = std::make_shared<RedisServer>();
  const auto fill = [at = server.get()] {
    for (const char* list : {"jobs:worker", "jobs:mailer", "queue:default"}) {
      at->cli({"RPUSH", list, "1", "2", "3", "4", "5", "6", "7"});
    }
  };
  fill();
  const auto address = "address: \"" + server->url() + "\", ";
  return {.type = "redis",
          .collectors = line("redis", "redis", address + "list: [\"jobs:$APP_NAME\"]") +
                        line("redis", "redis_sidekiq", address + "queue: {kind: \"sidekiq\", name: \"default\"}"),
          .troubles = {{.name = "killed",
                        .begin = [at = server.get()] { at->stop(); },
                        .end =
                            [at = server.get(), fill] {
                              at->restart();
                              fill();
                            }},
                       {.name = "refused",
                        .begin =
                            [at = server.get()] {
                              at->cli({"CONFIG", "SET", "requirepass", "other"});
                              at->cli({"-a", "other", "CLIENT", "KILL", "TYPE", "normal"});
                            },
                        .end = [at = server.get()] { at->cli({"-a", "other", "CONFIG", "SET", "requirepass", ""}); }},
                       stalled_server(*server)},
          .server = server};
}

Kind prometheus_kind() {
  auto server = std::make_shared<PrometheusServer>(PrometheusOptions{
      .targets = {},
      .rules = "groups: [{name: soak, rules: [{record: jobs, expr: vector(7), labels: {app: worker}}, "
               "{record: jobs, expr: vector(7), labels: {app: mailer}}]}]\n",
      .web_config = {},
      .more_arguments = {}});
  const auto address = "address: \"" + server->url() + "\", ";
  return {.type = "prometheus",
          .collectors = line("prometheus", "prometheus", address + "query: \"jobs{app='$APP_NAME'}\"") +
                        line("prometheus", "prometheus_series", address + "query: \"jobs\", series: true"),
          .troubles = {{.name = "killed",
                        .begin = [at = server.get()] { at->stop(); },
                        .end = [at = server.get()] { at->restart(); }},
                       stalled_server(*server)},
          .server = server};
}

// The server with a client of the test's own, which can hold a lock.
struct Postgres {
  explicit Postgres(const Authority& authority) : server(&authority.identity) {
    server.run("CREATE DATABASE jobs");
    server.run(
        "CREATE ROLE reader LOGIN PASSWORD 's3cret'; CREATE TABLE queue (name text, depth int);"
        "INSERT INTO queue VALUES ('worker', 3), ('worker', 4), ('mailer', 7); GRANT SELECT ON queue TO reader",
        "jobs");
  }

  void lock() {
    const std::string dsn = fmt::format("host={} port={} user=admin dbname=jobs", server.folder(), server.port());
    connection.reset(PQconnectdb(dsn.c_str()));
    PQclear(PQexec(connection.get(), "BEGIN; LOCK TABLE queue"));
  }

  PostgresServer server;
  std::unique_ptr<PGconn, decltype([](PGconn* each) { PQfinish(each); })> connection;
};

Kind postgres_kind(const Authority& authority) {
  auto postgres = std::make_shared<Postgres>(authority);
  Postgres* at = postgres.get();
  const std::string server = fmt::format("dsn: \"postgres://reader:s3cret@127.0.0.1:{}/jobs\", tls: {{ca: \"{}\"}}, ",
                                         at->server.port(), authority.file);
  return {.type = "postgres",
          .collectors = line("postgres", "postgres",
                             server + "query: \"SELECT sum(depth) FROM queue WHERE name = '$APP_NAME'\"") +
                        line("postgres", "postgres_series",
                             server + "query: \"SELECT name, depth AS value FROM queue\", series: true"),
          .troubles =
              {{.name = "killed", .begin = [at] { at->server.kill(); }, .end = [at] { at->server.restart(); }},
               {.name = "refused",
                .begin =
                    [at] {
                      at->server.run(
                          "ALTER ROLE reader NOLOGIN; SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                          "WHERE usename = 'reader'");
                    },
                .end = [at] { at->server.run("ALTER ROLE reader LOGIN"); }},
               {.name = "stalled", .begin = [at] { at->lock(); }, .end = [at] { at->connection.reset(); }, .ticks = 1}},
          .server = postgres};
}

Kind mysql_kind(const Authority& authority) {
  auto server = std::make_shared<MariadbServer>(&authority.identity);
  MariadbServer* at = server.get();
  at->run(
      "CREATE DATABASE jobs; USE jobs; CREATE TABLE queue (name text, depth int);"
      "INSERT INTO queue VALUES ('worker', 3), ('worker', 4), ('mailer', 7);"
      "CREATE USER reader IDENTIFIED BY 's3cret'; GRANT SELECT ON jobs.queue TO reader");
  const std::string where = fmt::format("dsn: \"mysql://reader:s3cret@127.0.0.1:{}/jobs\", tls: {{ca: \"{}\"}}, ",
                                        at->port(), authority.file);
  return {.type = "mysql",
          .collectors =
              line("mysql", "mysql", where + "query: \"SELECT sum(depth) FROM queue WHERE name = '$APP_NAME'\"") +
              line("mysql", "mysql_series", where + "query: \"SELECT name, depth AS value FROM queue\", series: true"),
          .troubles = {{.name = "killed", .begin = [at] { at->kill(); }, .end = [at] { at->restart(); }},
                       {.name = "refused",
                        .begin = [at] { at->run("ALTER USER reader ACCOUNT LOCK; KILL USER reader"); },
                        .end = [at] { at->run("ALTER USER reader ACCOUNT UNLOCK"); }},
                       stalled_server(*server)},
          .server = server};
}

struct Sqlite {
  Sqlite() {
    sqlite3* made = nullptr;
    sqlite3_open(path.c_str(), &made);
    database.reset(made);
    run("CREATE TABLE queue (name text, depth int);"
        "INSERT INTO queue VALUES ('worker', 3), ('worker', 4), ('mailer', 7)");
  }
  void run(const char* sql) {
    if (sqlite3_exec(database.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) {
      throw std::runtime_error(sqlite3_errmsg(database.get()));
    }
  }

  TempDir folder;
  std::string path = folder.file("jobs.db");
  std::unique_ptr<sqlite3, decltype([](sqlite3* each) { sqlite3_close(each); })> database;
};

Kind sqlite_kind() {
  auto sqlite = std::make_shared<Sqlite>();
  Sqlite* at = sqlite.get();
  return {.type = "sqlite",
          .collectors =
              line("sqlite", "sqlite",
                   "path: \"" + at->path + "\", query: \"SELECT sum(depth) FROM queue WHERE name = '$APP_NAME'\""),
          .troubles = {{.name = "gone",
                        .begin = [at] { std::filesystem::rename(at->path, at->path + ".away"); },
                        .end = [at] { std::filesystem::rename(at->path + ".away", at->path); }},
                       {.name = "locked",
                        .begin = [at] { at->run("BEGIN EXCLUSIVE"); },
                        .end = [at] { at->run("COMMIT"); },
                        .ticks = 1}},
          .server = sqlite};
}

// With a user of the autoscaler's own, whose password can change.
struct Rabbitmq {
  explicit Rabbitmq(const Authority& authority)
      : server(authority.identity.cert, authority.identity.key),
        tls(std::make_shared<net::TlsSettings>(net::TlsSettings{.ca = authority.ca.pem()})) {
    set_password("s3cret");
    call("PUT", "permissions/%2F/reader", R"({"configure":".*","write":".*","read":".*"})");
    for (const std::string app : {"worker", "mailer"}) {
      call("PUT", "queues/%2F/jobs." + app, R"({"durable":true})");
      for (int i = 0; i < kExpected; ++i) {
        call("POST", "exchanges/%2F/amq.default/publish",
             R"({"properties":{"delivery_mode":2},"routing_key":"jobs.)" + app +
                 R"(","payload":"x","payload_encoding":"string"})");
      }
    }
  }

  void set_password(const std::string& password) {
    call("PUT", "users/reader", R"({"password":")" + password + R"(","tags":"monitoring"})");
  }

  void call(const std::string& method, const std::string& path, const std::string& body) {
    net::HttpRequest request{.method = method,
                             .url = server.url() + "/api/" + path,
                             .headers = {{"Content-Type", "application/json"}},
                             .body = body,
                             .basic_auth = "guest:guest",
                             .tls = tls};
    const auto response = run(loop, http.send(std::move(request), clock.now() + std::chrono::seconds(20)));
    if (!response) throw std::runtime_error(response.error().message);
    if (response->status >= 300) throw std::runtime_error(path + ": " + response->body);
  }

  RabbitmqServer server;
  std::shared_ptr<const net::TlsSettings> tls;
  boost::asio::io_context loop;
  net::SystemClock clock{loop};
  net::CurlTransport http{loop, clock};
};

Kind rabbitmq_kind(const Authority& authority) {
  auto rabbitmq = std::make_shared<Rabbitmq>(authority);
  Rabbitmq* at = rabbitmq.get();
  return {
      .type = "rabbitmq",
      .collectors = line(
          "rabbitmq", "rabbitmq",
          fmt::format(
              "host: \"{}\", user: \"reader\", password: \"s3cret\", queue: \"jobs.$APP_NAME\", tls: {{ca: \"{}\"}}",
              at->server.url(), authority.file)),
      .troubles = {{.name = "stopped", .begin = [at] { at->server.stop(); }, .end = [at] { at->server.restart(); }},
                   {.name = "refused",
                    .begin = [at] { at->set_password("other"); },
                    .end = [at] { at->set_password("s3cret"); }},
                   stalled_server(at->server)},
      .server = rabbitmq};
}

Kind nats_kind() {
  auto server = std::make_shared<NatsServer>();
  NatsClient client(server->port());
  client.api("STREAM.CREATE.JOBS", R"({"name":"JOBS","subjects":["JOBS.*"],"storage":"file"})");
  for (const std::string app : {"worker", "mailer"}) {
    client.api("CONSUMER.DURABLE.CREATE.JOBS." + app,
               R"({"stream_name":"JOBS","config":{"durable_name":")" + app + R"(","ack_policy":"explicit"}})");
  }
  client.store("JOBS.a", static_cast<int>(kExpected));
  return {
      .type = "nats",
      .collectors = line("nats", "nats", "host: \"" + server->url() + "\", stream: \"JOBS\", consumer: \"$APP_NAME\""),
      .troubles = {{.name = "killed",
                    .begin = [at = server.get()] { at->kill(); },
                    .end = [at = server.get()] { at->restart(); }},
                   stalled_server(*server)},
      .server = server};
}

// A script that does as the files beside it say.
Kind exec_kind() {
  auto folder = std::make_shared<TempDir>();
  const std::string script =
      folder->write("count", "#!/bin/sh\n[ ! -e \"$0.refuse\" ] || exit 3\n[ ! -e \"$0.slow\" ] || sleep 2\necho 7\n");
  chmod(script.c_str(), 0755);
  const auto file = [script](const std::string& mood) {
    return Trouble{.name = mood,
                   .begin = [path = script + "." + mood] { std::ofstream(path) << "x"; },
                   .end = [path = script + "." + mood] { std::filesystem::remove(path); },
                   .ticks = mood == "slow" ? 1 : 3};
  };
  return {.type = "exec",
          .collectors = line("exec", "exec", "command: [\"" + script + "\", \"$APP_NAME\"]"),
          .troubles = {{.name = "gone",
                        .begin = [script] { std::filesystem::rename(script, script + ".away"); },
                        .end = [script] { std::filesystem::rename(script + ".away", script); }},
                       file("refuse"),
                       file("slow")},
          .server = folder};
}

Kind schedule_kind() {
  return {.type = "schedule",
          .collectors =
              "- {type: \"schedule\", metric-name: \"schedule\", cron: \"0 8 * * *\", duration: \"10h\", "
              "value: 7, outside-value: 7}\n",
          .troubles = {},
          .server = {}};
}

}  // namespace

Kinds start_kinds(const std::string& only) {
  static const Authority authority;
  struct Way {
    std::string type;
    bool possible;
    std::string needs;
    std::function<Kind()> start;
  };
  const std::vector<Way> ways = {
      {"prometheus", PrometheusServer::installed(), "the package prometheus", prometheus_kind},
      {"http", true, "", http_kind},
      {"redis", RedisServer::installed(), "the package redis-server", redis_kind},
      {"postgres", PostgresServer::installed(), "the package postgresql", [] { return postgres_kind(authority); }},
      {"mysql", MariadbServer::installed(), "the package mariadb-server", [] { return mysql_kind(authority); }},
      {"sqlite", true, "", sqlite_kind},
      {"rabbitmq", RabbitmqServer::installed(), "the package rabbitmq-server", [] { return rabbitmq_kind(authority); }},
      {"nats", NatsServer::installed(), "the package nats-server", nats_kind},
      {"sqs", true, "", sqs_kind},
      {"github", true, "", github_kind},
      {"temporal", true, "", temporal_kind},
      {"kafka", true, "", kafka_kind},
      {"exec", true, "", exec_kind},
      {"schedule", true, "", schedule_kind}};
  Kinds kinds;
  for (const metrics::SourceKind& kind : metrics::source_kinds()) {
    if (!only.empty() && only != kind.type) continue;
    const auto way = std::ranges::find(ways, kind.type, &Way::type);
    if (way == ways.end()) {
      kinds.missing.emplace_back(kind.type, "the soak does not know it");
    } else if (!way->possible) {
      kinds.missing.emplace_back(kind.type, "needs " + way->needs);
    } else {
      kinds.started.push_back(way->start());
    }
  }
  return kinds;
}

}  // namespace fas::test
