// The Machines API straight upon the simulated world, on a virtual clock: calls take no time, what they begin does.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "fly/machines_api.h"
#include "sim/lifecycle.h"
#include "sim/machine_config.h"
#include "sim/world.h"
#include "tests/support/virtual_clock.h"

namespace fas::backtest {

class WorldMachines final : public fly::MachinesApi {
 public:
  WorldMachines(test::VirtualClock& clock, sim::World& world, sim::App& app)
      : clock_(clock), world_(world), app_(app), origin_(clock.now()) {}

  template <class T>
  using Reply = boost::asio::awaitable<Result<T>>;

  void advance() { world_.advance(clock_.now() - origin_); }

  Reply<fly::MachineList> list(std::string /*app*/, Deadline /*deadline*/) override {
    advance();
    Result<fly::MachineList> list = fly::parse_machine_list(world_.list_json(app_));
    co_return list;
  }
  Reply<fly::Machine> get(std::string /*app*/, std::string id, Deadline /*deadline*/) override {
    advance();
    Result<fly::Machine> machine = fly::parse_machine(world_.machine_json(find(id)));
    co_return machine;
  }
  Reply<fly::Machine> create(std::string /*app*/, std::string body, Deadline /*deadline*/) override {
    advance();
    const auto json = nlohmann::ordered_json::parse(body);
    auto config = sim::read_config(json["config"]);
    if (!config) co_return fail(ErrorKind::kInvalid, "refused");
    auto made = sim::create_machine(world_, app_,
                                    {.name = json.value("name", ""),
                                     .region = json.value("region", ""),
                                     .config = std::move(*config),
                                     .skip_launch = json.value("skip_launch", false)});
    if (!made) co_return fail(ErrorKind::kConflict, "refused");
    Result<fly::Machine> machine = fly::parse_machine(world_.machine_json(**made));
    co_return machine;
  }
  Reply<void> start(std::string /*app*/, std::string id, fly::LeaseNonce, Deadline) override {
    advance();
    co_return result(sim::start_machine(world_, app_, find(id), "").has_value());
  }
  Reply<void> stop(std::string /*app*/, std::string id, fly::LeaseNonce, Deadline) override {
    advance();
    co_return result(sim::stop_machine(world_, app_, find(id), "").has_value());
  }
  Reply<void> suspend(std::string /*app*/, std::string id, fly::LeaseNonce, Deadline) override {
    advance();
    co_return result(sim::suspend_machine(world_, app_, find(id), "").has_value());
  }
  Reply<void> destroy(std::string /*app*/, std::string id, bool force, fly::LeaseNonce, Deadline) override {
    advance();
    co_return result(sim::destroy_machine(world_, app_, find(id), force, "").has_value());
  }
  Reply<void> wait(std::string /*app*/, std::string id, std::string, MachineState state, Deadline deadline) override {
    for (;;) {
      advance();
      if (find(id).state == state) co_return Result<void>{};
      if (clock_.now() >= deadline) co_return fail(ErrorKind::kTimeout, "not in time");
      const TimePoint next = origin_ + world_.next_event().value_or(std::chrono::hours(1'000'000));
      co_await clock_.sleep_until(std::min(next, deadline));
    }
  }
  Reply<void> cordon(std::string, std::string, fly::LeaseNonce, Deadline) override { co_return Result<void>{}; }
  Reply<void> uncordon(std::string, std::string, fly::LeaseNonce, Deadline) override { co_return Result<void>{}; }
  Reply<fly::Lease> acquire_lease(std::string, std::string, std::chrono::seconds, Deadline) override {
    co_return fly::Lease{};
  }
  Reply<void> release_lease(std::string, std::string, fly::LeaseNonce, Deadline) override { co_return Result<void>{}; }

 private:
  sim::Machine& find(const std::string& id) { return *sim::World::find_machine(app_, id); }
  static Result<void> result(bool done) {
    if (done) return {};
    return fail(ErrorKind::kPrecondition, "refused");
  }

  test::VirtualClock& clock_;
  sim::World& world_;
  sim::App& app_;
  TimePoint origin_;
};

}  // namespace fas::backtest
