#include "tests/simulation/instance.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <utility>

#include "config/config.h"
#include "control/setup.h"
#include "fly/graphql_client.h"
#include "fly/machines_client.h"

namespace fas::simulation {
namespace {

// As in serve/daemon.cpp.
constexpr std::chrono::milliseconds kGrace{700};

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
  Result<std::shared_ptr<control::Setup>> setup = instance->make_setup(yaml);
  if (!setup) return std::unexpected(std::move(setup.error()));
  instance->scheduler_ =
      std::make_unique<control::Scheduler>(instance->loop_.context().get_executor(), instance->clock_,
                                           instance->telemetry_, instance->history_, std::move(*setup));
  control::Scheduler& scheduler = *instance->scheduler_;
  instance->discovery_ = std::make_unique<control::Discovery>(
      instance->loop_.context().get_executor(), instance->clock_, scheduler,
      [&scheduler](const std::vector<std::string>& apps) { scheduler.set_apps(apps); });
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
  setup.platform = std::make_unique<fly::GraphqlClient>(transport_, clock_, options("graphql", kGraphqlUrl));
  return made;
}

void Instance::begin() {
  boost::asio::co_spawn(
      loop_.context(), discovery_->run(),
      boost::asio::bind_cancellation_slot(cancel_discovery_.slot(), [](const std::exception_ptr&) {}));
  boost::asio::co_spawn(loop_.context(), scheduler_->run(kGrace), [this](const std::exception_ptr&) {
    cancel_discovery_.emit(boost::asio::cancellation_type::terminal);
    history_.write_all();
    ended_ = true;
  });
}

void Instance::stop() { scheduler_->stop(); }

}  // namespace fas::simulation
