#include "serve/daemon.h"

#include <fmt/format.h>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <functional>
#include <stop_token>
#include <utility>

#include "control/log.h"
#include "control/memory_history.h"
#include "control/setup.h"
#include "control/sqlite_history.h"
#include "serve/routes.h"

namespace fas::serve {
namespace {

namespace asio = boost::asio;
using namespace asio::experimental::awaitable_operators;  // NOLINT(google-build-using-namespace)

// Together with what cancelling takes, below the second within which the process has to be gone.
constexpr std::chrono::milliseconds kGrace{700};
// For handing over to the other autoscalers after that; what is not done by then is so when the lease ends.
constexpr std::chrono::milliseconds kHandOver{1000};
// /metrics of as many apps as there can be takes a second or two.
constexpr std::chrono::seconds kLongestPage{30};

// What a reload does not change.
void tell_of_restarts(const config::Config& before, const config::Config& now) {
  if (now.listen != before.listen) {
    control::log_warn("a changed listen address needs a restart", {{"listen", now.listen}});
  }
  if (now.state_dir != before.state_dir) {
    control::log_warn("a changed state-dir needs a restart", {{"state-dir", now.state_dir}});
  }
  if (now.threads != before.threads) {
    control::log_warn("a changed number of threads needs a restart", {{"threads", now.threads}});
  }
  if (now.coordination != before.coordination) control::log_warn("changed coordination needs a restart", {});
}

}  // namespace

Daemon::Daemon(asio::io_context& loop, Clock& clock, net::HttpTransport& http, Reload reload)
    : loop_(loop),
      clock_(clock),
      context_{.loop = loop, .clock = clock, .http = http},
      reload_(std::move(reload)),
      pages_(loop, clock) {}

void Daemon::open_history(const config::Config& config) {
  if (config.state_dir.empty()) {
    history_ = std::make_unique<control::MemoryHistory>();
    return;
  }
  control::SqliteHistoryOptions options;
  options.bounds.max_age = config.history_max_age;
  options.bounds.max_bytes = config.history_max_bytes;
  auto history = control::SqliteHistory::open(config.state_dir, options, loop_.get_executor(), clock_);
  on_disk_ = history.get();
  history_ = std::move(history);
}

std::string Daemon::history_note() const { return on_disk_ != nullptr ? on_disk_->status().message : std::string(); }

asio::awaitable<Readiness> Daemon::readiness() {
  if (!discovery_->ready()) {
    co_return Readiness{.ready = false, .reason = "the list of apps has not been read yet", .note = {}};
  }
  const control::Pulse pulse = co_await schedulers_->pulse();
  if (pulse.silent > 0) {
    const std::string reason = fmt::format("{} of {} event loops do not answer; their apps are not looked after",
                                           pulse.silent, schedulers_->setup()->config.threads);
    co_return Readiness{.ready = false, .reason = reason, .note = {}};
  }
  // Neither a bad disk, a lost group nor being late is a reason to be taken out of service: nobody would do better.
  std::string note = history_note();
  const auto add = [&note](const std::string& trouble) { note += (note.empty() ? "" : "; ") + trouble; };
  const std::string trouble = group_ ? group_->membership().trouble() : std::string();
  if (!trouble.empty()) add(trouble);
  if (pulse.falling_behind) {
    const auto late = std::chrono::duration_cast<std::chrono::seconds>(pulse.behind);
    add(fmt::format("falling behind: a tick has waited for its turn for {} s; raise concurrency ({}) or interval",
                    late.count(), schedulers_->setup()->config.concurrency));
  }
  co_return Readiness{.ready = true, .reason = {}, .note = std::move(note)};
}

asio::awaitable<Result<std::string>> Daemon::exposition() {
  if (on_disk_ != nullptr) {
    const control::HistoryCounts counts = on_disk_->counts();
    telemetry_.history(counts.written, counts.dropped, on_disk_->status().ok);
  }
  const control::Pulse pulse = co_await schedulers_->pulse();
  telemetry_.behind(pulse.behind);
  if (group_) {
    const coordination::Membership& membership = group_->membership();
    telemetry_.group(membership.is_member(), membership.view().members.size(), membership.owned());
  }
  std::function<Result<std::string>(std::stop_token)> job =
      [registry = telemetry_.registry()](const std::stop_token& /*stop*/) -> Result<std::string> {
    return control::exposition(*registry);
  };
  Result<std::string> page = co_await pages_.run(std::move(job), clock_.now() + kLongestPage);
  co_return page;
}

Result<std::unique_ptr<Daemon>> Daemon::make(asio::io_context& loop, Clock& clock, net::HttpTransport& http,
                                             config::Config config, Reload reload) {
  std::unique_ptr<Daemon> daemon(new Daemon(loop, clock, http, std::move(reload)));
  daemon->limiter_ = std::make_shared<net::RateLimiter>(clock, config.api_rate_limits);
  if (config.coordination) {
    auto group = coordination::Group::make(loop, clock, *config.coordination);
    if (!group) return std::unexpected(std::move(group.error()));
    daemon->group_ = std::move(*group);
  }
  daemon->name_member(config);
  Result<std::shared_ptr<control::Setup>> setup = daemon->make_setup(std::move(config));
  if (!setup) return std::unexpected(std::move(setup.error()));

  control::set_log_level((*setup)->config.verbose ? control::LogLevel::kDebug : control::LogLevel::kInfo);
  daemon->open_history((*setup)->config);
  control::History& history = daemon->group_ ? daemon->group_->history(*daemon->history_) : *daemon->history_;
  daemon->scheduler_ =
      std::make_unique<control::Scheduler>(loop.get_executor(), clock, daemon->telemetry_, history, std::move(*setup));
  daemon->scheduler_->show_on(daemon->board_);
  if (Result<void> made = daemon->make_workers(history); !made) return std::unexpected(std::move(made.error()));
  Daemon* self = daemon.get();
  daemon->discovery_ =
      std::make_unique<control::Discovery>(loop.get_executor(), clock, *daemon->scheduler_,
                                           [self](const std::vector<std::string>& apps) { self->found(apps); });
  daemon->postgres_ = std::make_unique<control::PostgresWakes>(daemon->context_, *daemon->schedulers_);
  daemon->start_api(http);
  if (Result<void> started = daemon->start_server(); !started) return std::unexpected(std::move(started.error()));
  return daemon;
}

Result<void> Daemon::make_workers(control::History& history) {
  const auto executor = loop_.get_executor();
  schedulers_ = std::make_unique<control::Schedulers>(executor, clock_, *scheduler_, history);
  const config::Config& config = scheduler_->setup()->config;
  for (int number = 1; number < config.threads; ++number) {
    auto worker = control::Worker::make(number, config, telemetry_.registry(), executor, history, board_);
    if (!worker) return std::unexpected(std::move(worker.error()));
    schedulers_->add(std::move(*worker));
  }
  if (group_) group_->drive(*schedulers_);
  return {};
}

void Daemon::start_api(net::HttpTransport& http) {
  api_ = std::make_unique<Api>(ApiParts{.loop = loop_,
                                        .clock = clock_,
                                        .schedulers = *schedulers_,
                                        .telemetry = telemetry_,
                                        .board = board_,
                                        .history = *history_,
                                        .history_note = [this] { return history_note(); }});
  if (group_) group_api_ = std::make_unique<GroupApi>(*api_, group_->membership(), http, clock_);
}

Result<void> Daemon::start_server() {
  net::ServerOptions options;
  options.listen = scheduler_->setup()->config.listen;
  options.body_bound = body_bound;
  Pages pages{.exposition = [this] { return exposition(); },
              .readiness = [this] { return readiness(); },
              .api =
                  [this](const net::ServerRequest& request) {
                    return group_api_ ? group_api_->handle(request) : api_->handle(request);
                  }};
  auto server = net::HttpServer::start(loop_, options, make_routes(std::move(pages)));
  if (!server) return std::unexpected(std::move(server.error()));
  server_ = std::move(*server);
  return {};
}

// As this process calls itself, where the configuration need not say.
void Daemon::name_member(config::Config& config) const {
  if (group_ && config.coordination) config.coordination->member = group_->membership().self().name;
}

Result<std::shared_ptr<control::Setup>> Daemon::make_setup(config::Config config) {
  control::SafeUntil safe_until;
  if (group_) safe_until = [this](std::string_view app) { return scheduler_->safe_until(app); };
  return control::make_setup(std::move(config), context_, telemetry_, limiter_, std::move(safe_until));
}

// With others, which of the apps are looked after here is for the group to say.
void Daemon::found(const std::vector<std::string>& apps) {
  if (group_) {
    group_->membership().set_apps(apps);
  } else {
    schedulers_->set_apps(apps);
  }
}

// Discovery and membership are cancelled when the schedulers have come to their end.
asio::awaitable<void> Daemon::work() {
  if (!group_) {
    co_await (schedulers_->run(kGrace) || discovery_->run() || postgres_->run());
    co_return;
  }
  co_await (schedulers_->run(kGrace) || discovery_->run() || postgres_->run() || group_->run(port()));
  co_await group_->membership().leave(clock_.now() + kHandOver);
}

asio::awaitable<void> Daemon::run(bool handle_signals) {
  const auto setup = schedulers_->setup();
  control::log_info("fly-autoscaler started", {{"app", setup->apps.front().config->app_name}, {"port", port()}});
  if (setup->config.dry_run) control::log_warn("dry-run: decisions are made and explained, nothing is done");
  if (handle_signals) {
    co_await (work() || watch_signals());
  } else {
    co_await work();
  }
  server_->stop();
  control::log_info("fly-autoscaler stopped");
}

asio::awaitable<void> Daemon::watch_signals() {
  asio::signal_set signals(loop_, SIGINT, SIGTERM, SIGHUP);
  for (;;) {
    const int signal = co_await signals.async_wait(asio::use_awaitable);
    if (signal == SIGHUP) {
      co_await reload();
    } else {
      control::log_info("shutting down", {{"signal", signal == SIGINT ? "SIGINT" : "SIGTERM"}});
      schedulers_->stop();
    }
  }
}

asio::awaitable<void> Daemon::reload() {
  const std::shared_ptr<control::Setup> before = schedulers_->setup();
  Result<config::Config> config = reload_();
  if (config) {
    name_member(*config);
    tell_of_restarts(before->config, *config);
    config->threads = before->config.threads;
  }
  Result<std::shared_ptr<control::Setup>> setup =
      config ? make_setup(std::move(*config)) : std::unexpected(std::move(config.error()));
  Result<void> replaced;
  if (setup) {
    replaced = co_await schedulers_->replace(*setup);
  } else {
    replaced = std::unexpected(std::move(setup.error()));
  }
  telemetry_.reloaded(replaced.has_value());
  if (!replaced) {
    control::log_error("cannot reload the configuration, keeping the old one", {{"err", replaced.error().message}});
    co_return;
  }
  control::set_log_level((*setup)->config.verbose ? control::LogLevel::kDebug : control::LogLevel::kInfo);
  discovery_->refresh();
  postgres_->refresh();
  control::log_info("configuration reloaded");
}

}  // namespace fas::serve
