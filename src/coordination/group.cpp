#include "coordination/group.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <utility>

#include "coordination/engines.h"

namespace fas::coordination {
namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody changes the environment
  return value == nullptr ? std::string() : std::string(value);
}

std::string host_name() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? std::string(name.data()) : std::string();
}

// The same after a restart of the same machine, so that it gets the apps that it had.
std::string member_name(const config::Coordination& config) {
  if (!config.member.empty()) return config.member;
  std::string machine = variable("FLY_MACHINE_ID");
  return machine.empty() ? host_name() : machine;
}

}  // namespace

Result<std::unique_ptr<Engine>> make_engine(boost::asio::io_context& loop, Clock& clock,
                                            const config::Coordination& config) {
  if (config.engine == config::CoordinationEngine::kEtcd) {
    return make_etcd_engine(loop, clock,
                            {.endpoints = config.endpoints,
                             .user = config.user,
                             .password = config.password,
                             .tls = config.tls,
                             .group = config.group});
  }
  metrics::Settings settings;
  settings.values["dsn"] = config.dsn;
  Result<metrics::PostgresOptions> server = metrics::postgres_options(settings);
  if (!server) return fail_with("coordination", std::move(server.error()));
  return make_postgres_engine(loop, clock, {.server = std::move(*server), .group = config.group});
}

std::string usual_address(const std::string& private_ip, std::uint16_t port) {
  if (private_ip.empty()) return {};
  return private_ip.contains(':') ? fmt::format("http://[{}]:{}", private_ip, port)
                                  : fmt::format("http://{}:{}", private_ip, port);
}

Result<std::unique_ptr<Group>> Group::make(boost::asio::io_context& loop, Clock& clock,
                                           const config::Coordination& config) {
  Result<std::unique_ptr<Engine>> engine = make_engine(loop, clock, config);
  if (!engine) return std::unexpected(std::move(engine.error()));
  MembershipOptions options{.self = {.name = member_name(config), .address = config.address, .lease = {}},
                            .ttl = config.lease};
  if (options.self.name.empty()) {
    return fail(ErrorKind::kInvalid, "coordination: this machine has no name; give it one with member");
  }
  return std::make_unique<Group>(loop.get_executor(), clock, std::move(*engine), std::move(options));
}

Group::Group(const boost::asio::any_io_executor& executor, Clock& clock, std::unique_ptr<Engine> engine,
             MembershipOptions options)
    : engine_(std::move(engine)), membership_(executor, clock, *engine_, apps_, std::move(options)) {}

control::History& Group::history(control::History& local) {
  history_ = std::make_unique<SharedHistory>(local, membership_);
  return *history_;
}

boost::asio::awaitable<void> Group::run(std::uint16_t port) {
  if (membership_.self().address.empty()) membership_.reached_at(usual_address(variable("FLY_PRIVATE_IP"), port));
  co_await membership_.run();
}

}  // namespace fas::coordination
