#include "serve/daemon.h"

#include <fmt/format.h>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
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

}  // namespace

Daemon::Daemon(asio::io_context& loop, Clock& clock, net::HttpTransport& http, Reload reload)
    : loop_(loop), clock_(clock), context_{.loop = loop, .clock = clock, .http = http}, reload_(std::move(reload)) {}

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

Readiness Daemon::readiness() const {
  if (!discovery_->ready()) return {.ready = false, .reason = "the list of apps has not been read yet", .note = {}};
  // Neither a bad disk, a lost group nor being late is a reason to be taken out of service: nobody would do better.
  std::string note = history_note();
  const auto add = [&note](const std::string& trouble) { note += (note.empty() ? "" : "; ") + trouble; };
  const std::string trouble = group_ ? group_->membership().trouble() : std::string();
  if (!trouble.empty()) add(trouble);
  if (scheduler_->falling_behind()) {
    const auto late = std::chrono::duration_cast<std::chrono::seconds>(scheduler_->behind());
    add(fmt::format("falling behind: a tick has waited for its turn for {} s; raise concurrency ({}) or interval",
                    late.count(), scheduler_->setup()->config.concurrency));
  }
  return {.ready = true, .reason = {}, .note = std::move(note)};
}

std::string Daemon::exposition() {
  if (on_disk_ != nullptr) {
    const control::HistoryCounts counts = on_disk_->counts();
    telemetry_.history(counts.written, counts.dropped, on_disk_->status().ok);
  }
  telemetry_.behind(scheduler_->behind());
  if (group_) {
    const coordination::Membership& membership = group_->membership();
    telemetry_.group(membership.is_member(), membership.view().members.size(), membership.owned());
  }
  return telemetry_.exposition();
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
  Result<std::shared_ptr<control::Setup>> setup = daemon->make_setup(std::move(config));
  if (!setup) return std::unexpected(std::move(setup.error()));

  control::set_log_level((*setup)->config.verbose ? control::LogLevel::kDebug : control::LogLevel::kInfo);
  daemon->open_history((*setup)->config);
  control::History& history = daemon->group_ ? daemon->group_->history(*daemon->history_) : *daemon->history_;
  daemon->scheduler_ =
      std::make_unique<control::Scheduler>(loop.get_executor(), clock, daemon->telemetry_, history, std::move(*setup));
  if (daemon->group_) daemon->group_->drive(*daemon->scheduler_);
  daemon->scheduler_->show_on(daemon->board_);
  Daemon* self = daemon.get();
  daemon->discovery_ =
      std::make_unique<control::Discovery>(loop.get_executor(), clock, *daemon->scheduler_,
                                           [self](const std::vector<std::string>& apps) { self->found(apps); });
  daemon->postgres_ = std::make_unique<control::PostgresWakes>(daemon->context_, *daemon->scheduler_);

  daemon->api_ = std::make_unique<Api>(ApiParts{.loop = loop,
                                                .clock = clock,
                                                .scheduler = *daemon->scheduler_,
                                                .telemetry = daemon->telemetry_,
                                                .board = daemon->board_,
                                                .history = *daemon->history_,
                                                .history_note = [self] { return self->history_note(); }});
  if (daemon->group_) {
    daemon->group_api_ = std::make_unique<GroupApi>(*daemon->api_, daemon->group_->membership(), http, clock);
  }
  net::ServerOptions options;
  options.listen = daemon->scheduler_->setup()->config.listen;
  options.body_bound = body_bound;
  auto server = net::HttpServer::start(loop, options,
                                       make_routes({.exposition = [self] { return self->exposition(); },
                                                    .readiness = [self] { return self->readiness(); },
                                                    .api =
                                                        [self](const net::ServerRequest& request) {
                                                          return self->group_api_ ? self->group_api_->handle(request)
                                                                                  : self->api_->handle(request);
                                                        }}));
  if (!server) return std::unexpected(std::move(server.error()));
  daemon->server_ = std::move(*server);
  return daemon;
}

Result<std::shared_ptr<control::Setup>> Daemon::make_setup(config::Config config) {
  if (group_ && config.coordination) config.coordination->member = group_->membership().self().name;
  return control::make_setup(std::move(config), context_, telemetry_, limiter_,
                             group_ ? group_->safe_until() : control::SafeUntil{});
}

// With others, which of the apps are looked after here is for the group to say.
void Daemon::found(const std::vector<std::string>& apps) {
  if (group_) {
    group_->membership().set_apps(apps);
  } else {
    scheduler_->set_apps(apps);
  }
}

// Discovery and membership are cancelled when the scheduler has come to its end.
asio::awaitable<void> Daemon::work() {
  if (!group_) {
    co_await (scheduler_->run(kGrace) || discovery_->run() || postgres_->run());
    co_return;
  }
  co_await (scheduler_->run(kGrace) || discovery_->run() || postgres_->run() || group_->run(port()));
  co_await group_->membership().leave(clock_.now() + kHandOver);
}

asio::awaitable<void> Daemon::run(bool handle_signals) {
  const auto setup = scheduler_->setup();
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
      reload();
    } else {
      control::log_info("shutting down", {{"signal", signal == SIGINT ? "SIGINT" : "SIGTERM"}});
      scheduler_->stop();
    }
  }
}

void Daemon::reload() {
  Result<config::Config> config = reload_();
  Result<std::shared_ptr<control::Setup>> setup =
      config ? make_setup(std::move(*config)) : std::unexpected(config.error());
  telemetry_.reloaded(setup.has_value());
  if (!setup) {
    control::log_error("cannot reload the configuration, keeping the old one", {{"err", setup.error().message}});
    return;
  }
  if ((*setup)->config.listen != scheduler_->setup()->config.listen) {
    control::log_warn("a changed listen address needs a restart", {{"listen", (*setup)->config.listen}});
  }
  if ((*setup)->config.state_dir != scheduler_->setup()->config.state_dir) {
    control::log_warn("a changed state-dir needs a restart", {{"state-dir", (*setup)->config.state_dir}});
  }
  if ((*setup)->config.coordination != scheduler_->setup()->config.coordination) {
    control::log_warn("changed coordination needs a restart", {});
  }
  control::set_log_level((*setup)->config.verbose ? control::LogLevel::kDebug : control::LogLevel::kInfo);
  scheduler_->replace(std::move(*setup));
  discovery_->refresh();
  postgres_->refresh();
  control::log_info("configuration reloaded");
}

}  // namespace fas::serve
