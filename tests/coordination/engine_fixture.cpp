#include "tests/coordination/engine_fixture.h"

#include <utility>

#include "coordination/engines.h"
#include "tests/support/etcd_server.h"

namespace fas::coordination {
namespace {

class EtcdBackend final : public Backend {
 public:
  std::unique_ptr<Engine> engine(boost::asio::io_context& loop, Clock& clock, const std::string& group) override {
    EtcdOptions options{.endpoints = server_.endpoints(), .user = {}, .password = {}, .tls = {}, .group = group};
    Result<std::unique_ptr<Engine>> engine = make_etcd_engine(loop, clock, std::move(options));
    EXPECT_TRUE(engine);
    return std::move(*engine);
  }
  void kill() override { server_.kill(0); }
  void restart() override {
    server_.restart(0);
    server_.wait_for_leader();
  }
  void hang() override { server_.pause(0); }
  void resume() override { server_.resume(0); }

 private:
  test::EtcdServer server_;
};

}  // namespace

std::set<std::string> names(const Holdings& holdings) {
  std::set<std::string> all;
  for (const auto& [app, holding] : holdings) all.insert(app);
  return all;
}

std::unique_ptr<Backend> make_etcd_backend() {
  return test::EtcdServer::installed() ? std::make_unique<EtcdBackend>() : nullptr;
}

bool EngineTestBase::until(const std::function<bool()>& condition) {
  const TimePoint end = clock_.now() + std::chrono::seconds(20);
  while (clock_.now() < end) {
    if (condition()) return true;
    loop_.restart();
    loop_.run_for(std::chrono::milliseconds(20));
  }
  return false;
}

}  // namespace fas::coordination
