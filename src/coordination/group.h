// Everything that a daemon needs to be one of several autoscalers: the engine, its membership, and the schedulers
// that look after the apps that it has taken.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/error.h"
#include "config/coordination.h"
#include "control/history.h"
#include "control/schedulers.h"
#include "coordination/engine.h"
#include "coordination/membership.h"
#include "coordination/shared_history.h"

namespace fas::coordination {

// The engine that the configuration says. `loop` and `clock` outlive it. Errors: kInvalid (TLS material, dsn). Nothing
// is connected to yet.
Result<std::unique_ptr<Engine>> make_engine(boost::asio::io_context& loop, Clock& clock,
                                            const config::Coordination& config);

class Group {
 public:
  // As make_engine(); also kInvalid: the member has no name.
  static Result<std::unique_ptr<Group>> make(boost::asio::io_context& loop, Clock& clock,
                                             const config::Coordination& config);

  Group(const boost::asio::any_io_executor& executor, Clock& clock, std::unique_ptr<Engine> engine,
        MembershipOptions options);

  // For the schedulers. `local` outlives it.
  control::History& history(control::History& local);

  // Whose apps come and go from now on; outlives run(). Before run().
  void drive(control::Schedulers& schedulers) { apps_.schedulers = &schedulers; }

  // Keeps the membership until it is cancelled. `port` is where this process's API is reached.
  boost::asio::awaitable<void> run(std::uint16_t port);

  Membership& membership() { return membership_; }
  const Membership& membership() const { return membership_; }

 private:
  struct ScheduledApps final : Apps {
    void take(const std::string& app, std::shared_ptr<const control::Tenure> tenure) override {
      schedulers->add(app, std::move(tenure));
    }
    void give_up(const std::string& app, std::function<void()> ended) override {
      schedulers->remove(app, std::move(ended));
    }
    void cancel(const std::string& app) override { schedulers->cancel(app); }
    control::Schedulers* schedulers = nullptr;
  };

  std::unique_ptr<Engine> engine_;
  ScheduledApps apps_;
  Membership membership_;
  std::unique_ptr<SharedHistory> history_;
};

// How others reach this process where the configuration does not say: by FLY_PRIVATE_IP, which is an IPv6 address of
// the organisation's private network (https://fly.io/docs/machines/runtime-environment/). Empty: not at all.
std::string usual_address(const std::string& private_ip, std::uint16_t port);

}  // namespace fas::coordination
