#include "tests/simulation/instance.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <exception>
#include <utility>

#include "config/config.h"
#include "control/setup.h"
#include "fly/graphql_client.h"
#include "fly/machines_client.h"

namespace fas::simulation {
namespace {

// As in serve/daemon.cpp.
constexpr std::chrono::milliseconds kGrace{700};
constexpr std::chrono::milliseconds kHandOver{1000};

}  // namespace

Instance::Instance(int number, const Surroundings& around, sim::Random random)
    : number_(number),
      clock_(around.timeline, loop_, around.epoch, around.wall),
      transport_(number, around.timeline, loop_, around.network),
      context_{.loop = loop_.context(), .clock = clock_, .http = transport_},
      random_(random),
      history_(around.disk, around.timeline, loop_),
      limiter_(std::make_shared<net::RateLimiter>(clock_)) {}

Instance::~Instance() { loop_.end(); }

Result<std::unique_ptr<Instance>> Instance::start(int number, const Surroundings& surroundings, const std::string& yaml,
                                                  sim::Random random) {
  std::unique_ptr<Instance> instance(new Instance(number, surroundings, random));
  Instance* self = instance.get();
  const auto executor = self->loop_.context().get_executor();
  if (surroundings.engine) {
    self->group_ = std::make_unique<coordination::Group>(
        executor, self->clock_, surroundings.engine(self->loop_, self->clock_), surroundings.membership);
  }
  Result<std::shared_ptr<control::Setup>> setup = self->make_setup(yaml);
  if (!setup) return std::unexpected(std::move(setup.error()));
  control::History& history = self->group_ ? self->group_->history(self->history_) : self->history_;
  self->scheduler_ =
      std::make_unique<control::Scheduler>(executor, self->clock_, self->telemetry_, history, std::move(*setup));
  self->schedulers_ = std::make_unique<control::Schedulers>(executor, self->clock_, *self->scheduler_, history);
  if (self->group_) self->group_->drive(*self->schedulers_);
  self->discovery_ = std::make_unique<control::Discovery>(
      executor, self->clock_, *self->scheduler_, [self](const std::vector<std::string>& apps) { self->found(apps); });
  instance->begin();
  return instance;
}

// As control::make_setup(), but with jitter from the run's seed.
Result<std::shared_ptr<control::Setup>> Instance::make_setup(const std::string& yaml) {
  const config::Environment environment = [](std::string_view) { return std::nullopt; };
  Result<config::Config> config = config::load_text(yaml, "scenario.yml", environment, config::Purpose::kServe);
  if (!config) return std::unexpected(std::move(config.error()));
  Result<std::shared_ptr<control::Setup>> made = control::make_policies(std::move(*config), context_);
  if (!made) return made;
  control::Setup& setup = **made;
  const auto options = [this, &setup](std::string_view api, std::string_view url) {
    return fly::ClientOptions{
        .base_url = std::string(url),
        .token = setup.config.api_token,
        .observer = [this, api](std::string_view call, int status,
                                Duration latency) { telemetry_.api_called(api, call, status, latency); },
        .limiter = limiter_,
        .jitter = [this] { return random_.uniform(); }};
  };
  setup.machines = std::make_unique<fly::MachinesClient>(transport_, clock_, options("machines", kMachinesUrl));
  if (group_) {
    setup.machines = control::guarded(std::move(setup.machines), clock_,
                                      [this](std::string_view app) { return scheduler_->safe_until(app); });
  }
  setup.platform = std::make_unique<fly::GraphqlClient>(transport_, clock_, options("graphql", kGraphqlUrl));
  return made;
}

void Instance::found(const std::vector<std::string>& apps) {
  if (group_) {
    group_->membership().set_apps(apps);
  } else {
    schedulers_->set_apps(apps);
  }
}

// As in serve/daemon.cpp.
boost::asio::awaitable<void> Instance::keep_membership() {
  try {
    co_await group_->run(0);
  } catch (const std::exception&) {  // cancelled: the scheduler has come to its end
  }
  co_await boost::asio::this_coro::reset_cancellation_state();
  co_await group_->membership().leave(clock_.now() + kHandOver);
  ended_ = true;
}

void Instance::begin() {
  if (group_) {
    boost::asio::co_spawn(
        loop_.context(), keep_membership(),
        boost::asio::bind_cancellation_slot(cancel_membership_.slot(), [](const std::exception_ptr&) {}));
  }
  boost::asio::co_spawn(
      loop_.context(), discovery_->run(),
      boost::asio::bind_cancellation_slot(cancel_discovery_.slot(), [](const std::exception_ptr&) {}));
  boost::asio::co_spawn(loop_.context(), schedulers_->run(kGrace), [this](const std::exception_ptr&) {
    cancel_discovery_.emit(boost::asio::cancellation_type::terminal);
    history_.write_all();
    if (group_) {
      cancel_membership_.emit(boost::asio::cancellation_type::terminal);
    } else {
      ended_ = true;
    }
  });
}

void Instance::stop() { schedulers_->stop(); }

}  // namespace fas::simulation
