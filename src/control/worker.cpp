#include "control/worker.h"

#include <fmt/format.h>

#include <utility>

namespace fas::control {

Worker::Worker(int number, const config::Config& config, Telemetry::Registry registry,
               boost::asio::any_io_executor home, History& history, AppObserver& observer)
    : thread_(fmt::format("apps-{}", number)),
      shares_apps_(config.coordination.has_value()),
      telemetry_(std::move(registry)),
      history_(home, history, thread_.clock()),
      board_(home, observer),
      limiter_(std::make_shared<net::RateLimiter>(thread_.clock(), config.api_rate_limits)) {}

Result<std::unique_ptr<Worker>> Worker::make(int number, const config::Config& config, Telemetry::Registry registry,
                                             boost::asio::any_io_executor home, History& history,
                                             AppObserver& observer) {
  std::unique_ptr<Worker> worker(new Worker(number, config, std::move(registry), std::move(home), history, observer));
  if (Result<void> made = worker->prepare(config); !made) return std::unexpected(std::move(made.error()));
  worker->scheduler_ = std::make_unique<Scheduler>(worker->executor(), worker->thread_.clock(), worker->telemetry_,
                                                   worker->history_, std::exchange(worker->prepared_, nullptr));
  worker->scheduler_->show_on(worker->board_);
  return worker;
}

Result<void> Worker::prepare(config::Config config) {
  SafeUntil safe_until;
  if (shares_apps_) safe_until = [this](std::string_view app) { return scheduler_->safe_until(app); };
  const metrics::SourceContext context{.loop = thread_.loop(), .clock = thread_.clock(), .http = thread_.http()};
  Result<std::shared_ptr<Setup>> setup =
      make_setup(std::move(config), context, telemetry_, limiter_, std::move(safe_until));
  if (!setup) return std::unexpected(std::move(setup.error()));
  prepared_ = std::move(*setup);
  return {};
}

void Worker::take_over() { scheduler_->replace(std::exchange(prepared_, nullptr)); }

void Worker::add(const std::string& app, std::string memory, std::shared_ptr<const Tenure> tenure) {
  history_.hand_over(app, std::move(memory));
  scheduler_->add(app, std::move(tenure));
}

void Worker::remove(const std::string& app, std::function<void()> ended) {
  scheduler_->remove(app, [this, app, ended = std::move(ended)] {
    history_.hand_over(app, {});
    ended();
  });
}

}  // namespace fas::control
