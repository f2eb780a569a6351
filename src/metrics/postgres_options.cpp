#include "metrics/postgres_options.h"

#include <fmt/format.h>
#include <libpq-fe.h>

#include <utility>

#include "base/text.h"
#include "metrics/http_call.h"
#include "metrics/reading.h"

namespace fas::metrics {
namespace {

using Parameters = std::map<std::string, std::string>;

std::unexpected<Error> invalid(std::string message) { return fail(ErrorKind::kInvalid, std::move(message)); }

// libpq's own message may quote the part with the password, so only this one kind of it, which names a parameter, is
// passed on.
std::string dsn_problem(std::string_view libpq) {
  constexpr std::string_view kUnknown = "invalid URI query parameter: ";
  if (libpq.starts_with(kUnknown)) {
    return fmt::format("postgres dsn has the parameter {}, which Postgres does not know; leave it out",
                       one_line(libpq.substr(kUnknown.size()), 60));
  }
  return "postgres dsn is not understood; write postgres://USER:PASSWORD@HOST:PORT/DATABASE, with %XX for special "
         "characters of the password";
}

Result<Parameters> parse_dsn(const std::string& dsn) {
  Parameters parameters;
  if (dsn.empty()) return parameters;
  char* problem = nullptr;
  PQconninfoOption* const options = PQconninfoParse(dsn.c_str(), &problem);
  if (options == nullptr) {
    std::string message = dsn_problem(problem == nullptr ? "" : problem);
    PQfreemem(problem);
    return invalid(std::move(message));
  }
  for (const PQconninfoOption* option = options; option->keyword != nullptr; ++option) {
    if (option->val != nullptr) parameters.insert_or_assign(option->keyword, option->val);
  }
  PQconninfoFree(options);
  return parameters;
}

std::string take(Parameters& parameters, std::string_view key) {
  const auto node = parameters.extract(std::string(key));
  return node ? node.mapped() : std::string();
}

Result<std::vector<PostgresHost>> take_hosts(Parameters& parameters) {
  std::string names = take(parameters, "host");
  if (const std::string addresses = take(parameters, "hostaddr"); names.empty()) names = addresses;
  const std::string given_ports = take(parameters, "port");
  if (names.empty()) return invalid("postgres dsn or host required");
  const std::vector<std::string_view> ports = split(given_ports, ',');
  std::vector<PostgresHost> hosts;
  for (const std::string_view name : split(names, ',')) {
    const std::string_view port = ports.size() == 1 ? ports.front() : "";
    hosts.push_back({.name = std::string(name), .port = std::string(port)});
    if (name.empty()) return invalid("postgres host has an empty name in its list");
  }
  if (ports.size() > 1 && ports.size() != hosts.size()) {
    return invalid("postgres port: either one for all hosts, or one for each");
  }
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    if (ports.size() > 1) hosts[i].port = ports[i];
    if (hosts[i].port.empty()) hosts[i].port = "5432";
  }
  return hosts;
}

Result<void> set_sslmode(PostgresOptions& options) {
  std::string& mode = options.parameters["sslmode"];
  if (options.tls == nullptr) {
    if (mode.empty()) mode = "prefer";
    return {};
  }
  if (mode.empty()) mode = options.tls->insecure_skip_verify ? "require" : "verify-full";
  if (mode == "disable") return invalid("postgres has tls settings and sslmode disable; leave out one of them");
  return {};
}

}  // namespace

Result<PostgresOptions> postgres_options(const Settings& settings) {
  Result<Parameters> parameters = parse_dsn(settings.text("dsn"));
  if (!parameters) return std::unexpected(std::move(parameters.error()));
  constexpr std::pair<const char*, const char*> kFields[] = {
      {"host", "host"}, {"user", "user"}, {"password", "password"}, {"database", "dbname"}, {"sslmode", "sslmode"}};
  for (const auto& [field, keyword] : kFields) {
    if (std::string value = settings.text(field); !value.empty()) {
      parameters->insert_or_assign(keyword, std::move(value));
    }
  }
  if (settings.has("host")) parameters->erase("hostaddr");
  if (const std::int64_t port = settings.integer("port", 0); settings.has("port")) {
    if (port < 1 || port > 65535) return invalid("postgres port must be from 1 to 65535");
    parameters->insert_or_assign("port", std::to_string(port));
  }
  Result<std::vector<PostgresHost>> hosts = take_hosts(*parameters);
  if (!hosts) return std::unexpected(std::move(hosts.error()));
  PostgresOptions options{
      .hosts = std::move(*hosts), .parameters = std::move(*parameters), .tls = common_options(settings).tls};
  if (auto mode = set_sslmode(options); !mode) return std::unexpected(mode.error());
  options.parameters.try_emplace("application_name", "fly-autoscaler");
  options.parameters.try_emplace("gssencmode", "disable");  // looking for Kerberos tickets may block
  options.parameters.insert_or_assign("client_encoding", "UTF8");
  return options;
}

std::string printable(const PostgresOptions& options) {
  std::string text;
  for (const PostgresHost& host : options.hosts) {
    if (!text.empty()) text += ',';
    text += host.name.contains(':') ? fmt::format("[{}]:{}", host.name, host.port)
                                    : fmt::format("{}:{}", host.name, host.port);
  }
  const auto database = options.parameters.find("dbname");
  if (database != options.parameters.end()) text += "/" + database->second;
  return one_line(text, 200);
}

}  // namespace fas::metrics
