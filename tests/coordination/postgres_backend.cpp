#include "tests/coordination/postgres_backend.h"

#include <utility>

namespace fas::coordination {
namespace {

class PostgresBackend final : public Backend {
 public:
  std::unique_ptr<Engine> engine(boost::asio::io_context& loop, Clock& clock, const std::string& group) override {
    return postgres_engine(loop, clock, engine_options(server_, group));
  }
  void kill() override { server_.kill(); }
  void restart() override { server_.restart(); }
  void hang() override { server_.pause(); }
  void resume() override { server_.resume(); }

 private:
  test::PostgresServer server_;
};

}  // namespace

std::unique_ptr<Backend> make_postgres_backend() {
  return test::PostgresServer::installed() ? std::make_unique<PostgresBackend>() : nullptr;
}

PostgresEngineOptions engine_options(const test::PostgresServer& server, std::string group,
                                     const std::map<std::string, std::string>& parameters) {
  PostgresEngineOptions options{.server = {}, .group = std::move(group)};
  options.server.hosts.push_back({.name = "127.0.0.1", .port = std::to_string(server.port())});
  options.server.parameters = {{"user", "admin"}, {"password", "admin-s3cret"}, {"dbname", "postgres"}};
  for (const auto& [name, value] : parameters) options.server.parameters[name] = value;
  return options;
}

std::unique_ptr<Engine> postgres_engine(boost::asio::io_context& loop, Clock& clock, PostgresEngineOptions options) {
  Result<std::unique_ptr<Engine>> engine = make_postgres_engine(loop, clock, std::move(options));
  EXPECT_TRUE(engine);
  return std::move(*engine);
}

}  // namespace fas::coordination
