// Machines API and platform in memory, on a virtual clock: every call takes `latency`, answers what `reply` says, and
// is counted.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "fly/machines_api.h"
#include "fly/platform.h"

namespace fas::test {

class FakeMachines final : public fly::MachinesApi {
 public:
  explicit FakeMachines(Clock& clock) : clock_(clock) {}

  std::chrono::milliseconds latency{0};
  fly::MachineList machines;
  // Called with the call's name and the machine's id (create: the body); nullopt is success.
  std::function<std::optional<Error>(const std::string& call, const std::string& what)> reply;
  std::vector<std::pair<std::string, std::string>> calls;
  int most_at_once = 0;
  MachineState state = MachineState::kUnknown;  // what `get` shows

  template <class T>
  using Reply = boost::asio::awaitable<Result<T>>;

  Reply<fly::MachineList> list(std::string app, Deadline) override {
    std::optional<Error> error = co_await call("list", std::move(app));
    if (error) co_return std::unexpected(std::move(*error));
    co_return machines;
  }
  Reply<fly::Machine> get(std::string, std::string id, Deadline) override {
    std::optional<Error> error = co_await call("get", std::move(id));
    if (error) co_return std::unexpected(std::move(*error));
    fly::Machine machine;
    machine.state = state;
    co_return machine;
  }
  Reply<fly::Machine> create(std::string, std::string body, Deadline) override {
    std::optional<Error> error = co_await call("create", std::move(body));
    if (error) co_return std::unexpected(std::move(*error));
    fly::Machine machine;
    machine.id = "new" + std::to_string(calls.size());
    co_return machine;
  }
  Reply<void> start(std::string, std::string id, fly::LeaseNonce, Deadline) override {
    return done("start", std::move(id));
  }
  Reply<void> stop(std::string, std::string id, fly::LeaseNonce, Deadline) override {
    return done("stop", std::move(id));
  }
  Reply<void> suspend(std::string, std::string id, fly::LeaseNonce, Deadline) override {
    return done("suspend", std::move(id));
  }
  Reply<void> destroy(std::string, std::string id, bool force, fly::LeaseNonce, Deadline) override {
    return done(force ? "destroy-forced" : "destroy", std::move(id));
  }
  Reply<void> wait(std::string, std::string id, std::string, MachineState, Deadline) override {
    return done("wait", std::move(id));
  }
  Reply<void> cordon(std::string, std::string id, fly::LeaseNonce, Deadline) override {
    return done("cordon", std::move(id));
  }
  Reply<void> uncordon(std::string, std::string id, fly::LeaseNonce, Deadline) override {
    return done("uncordon", std::move(id));
  }
  Reply<fly::Lease> acquire_lease(std::string, std::string id, std::chrono::seconds, Deadline) override {
    std::optional<Error> error = co_await call("acquire_lease", std::move(id));
    if (error) co_return std::unexpected(std::move(*error));
    co_return fly::Lease{};
  }
  Reply<void> release_lease(std::string, std::string id, fly::LeaseNonce, Deadline) override {
    return done("release_lease", std::move(id));
  }

 private:
  boost::asio::awaitable<std::optional<Error>> call(std::string name, std::string what) {
    calls.emplace_back(name, what);
    most_at_once = std::max(most_at_once, ++under_way_);
    co_await clock_.sleep_until(clock_.now() + latency);
    --under_way_;
    co_return reply ? reply(name, what) : std::nullopt;
  }
  Reply<void> done(std::string name, std::string what) {
    std::optional<Error> error = co_await call(std::move(name), std::move(what));
    if (error) co_return std::unexpected(std::move(*error));
    co_return Result<void>{};
  }

  Clock& clock_;
  int under_way_ = 0;
};

class FakePlatform final : public fly::Platform {
 public:
  std::vector<fly::App> listed;
  bool release_running = false;
  std::optional<Error> error;
  int release_calls = 0;

  boost::asio::awaitable<Result<std::vector<fly::App>>> apps(std::string, Deadline) override {
    if (error) co_return std::unexpected(*error);
    co_return listed;
  }
  boost::asio::awaitable<Result<bool>> release_in_progress(std::string, Deadline) override {
    ++release_calls;
    if (error) co_return std::unexpected(*error);
    co_return release_running;
  }
};

}  // namespace fas::test
