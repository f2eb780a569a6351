#include "control/postgres_wakes.h"

#include <algorithm>
#include <utility>

#include "control/log.h"
#include "control/wake.h"
#include "metrics/postgres_options.h"
#include "metrics/source_pool.h"

namespace fas::control {

namespace asio = boost::asio;

namespace {

constexpr std::string_view kSource = "postgres";

// The settings that say where and as whom, and the channel.
metrics::Settings server_of(const metrics::Settings& settings) {
  metrics::Settings server;
  for (const char* key : {"dsn", "host", "port", "user", "password", "database", "sslmode", "tls", "listen"}) {
    if (const auto found = settings.values.find(key); found != settings.values.end()) server.values.insert(*found);
  }
  return server;
}

}  // namespace

PostgresWakes::PostgresWakes(const metrics::SourceContext& context, Schedulers& schedulers)
    : context_(context), schedulers_(schedulers), changed_(context.loop.get_executor()) {}

PostgresWakes::~PostgresWakes() { stop(); }

void PostgresWakes::stop() {
  for (const auto& channel : channels_) channel->listener->stop();
}

asio::awaitable<void> PostgresWakes::run() {
  // However this ends, no listener is left to keep the loop going.
  struct AtEnd {
    PostgresWakes& self;
    explicit AtEnd(PostgresWakes& wakes) : self(wakes) {}
    AtEnd(const AtEnd&) = delete;
    AtEnd& operator=(const AtEnd&) = delete;
    ~AtEnd() { self.stop(); }
  };
  const AtEnd at_end(*this);
  for (;;) {
    changed_.clear();
    take_over();
    co_await changed_.wait();
  }
}

void PostgresWakes::take_over() {
  if (setup_ == schedulers_.setup()) return;
  setup_ = schedulers_.setup();
  const std::vector<std::shared_ptr<Channel>> before = channels_;
  of_collector_.clear();
  std::vector<std::shared_ptr<Channel>> now;
  for (const config::AppConfig& policy : setup_->config.policies()) {
    for (const config::Collector& collector : policy.collectors) {
      if (collector.type != kSource || !collector.settings.has("listen")) continue;
      std::shared_ptr<Channel> channel = channel_of(collector.settings);
      if (channel == nullptr) continue;
      of_collector_.emplace(&collector, channel);
      if (std::ranges::find(now, channel) == now.end()) now.push_back(std::move(channel));
    }
  }
  for (const auto& channel : before) {
    if (std::ranges::find(now, channel) == now.end()) channel->listener->stop();
  }
  channels_ = std::move(now);
  generation_.reset();
}

std::shared_ptr<PostgresWakes::Channel> PostgresWakes::channel_of(const metrics::Settings& settings) {
  metrics::Settings server = server_of(settings);
  const auto found =
      std::ranges::find_if(channels_, [&](const auto& each) { return metrics::equal_settings(each->server, server); });
  return found != channels_.end() ? *found : begin(std::move(server), settings);
}

// Null where the settings are not valid, which whoever made the setup has refused.
std::shared_ptr<PostgresWakes::Channel> PostgresWakes::begin(metrics::Settings server,
                                                             const metrics::Settings& settings) {
  Result<metrics::PostgresOptions> options = metrics::postgres_options(settings);
  if (!options) return nullptr;
  auto channel = std::make_shared<Channel>();
  channel->server = std::move(server);
  const std::string where = metrics::printable(*options);
  const std::string name = settings.text("listen");
  // The listener says nothing after its stop(), which comes before this object's end.
  metrics::PostgresListener::Ears ears{
      .heard =
          [this, self = std::weak_ptr(channel)](std::string_view payload) {
            if (const auto alive = self.lock()) heard(*alive, payload);
          },
      .trouble =
          [where, name](const Error& error) {
            log_warn("cannot listen to Postgres; apps have their usual ticks until it works",
                     {{"server", where}, {"channel", name}, {"err", error.message}});
          },
      .well = [where, name] { log_info("listening to Postgres", {{"server", where}, {"channel", name}}); }};
  channel->listener = metrics::PostgresListener::start(context_, std::move(*options), name, std::move(ears));
  channels_.push_back(channel);
  return channel;
}

void PostgresWakes::find_apps() {
  generation_ = schedulers_.generation();
  for (const auto& channel : channels_) channel->apps.clear();
  for (const std::string& app : schedulers_.apps()) {
    const AppSetup* policy = setup_->find(app);
    if (policy == nullptr) continue;
    for (const config::Collector& collector : policy->config->collectors) {
      if (const auto found = of_collector_.find(&collector); found != of_collector_.end()) {
        found->second->apps.insert(app);
      }
    }
  }
}

// Does the payload name an app that another autoscaler looks after?
bool PostgresWakes::is_anothers(const Channel& channel, std::string_view payload) const {
  if (!setup_->config.coordination || payload.empty()) return false;
  const AppSetup* policy = setup_->find(payload);
  if (policy == nullptr) return false;
  return std::ranges::any_of(policy->config->collectors, [&](const config::Collector& collector) {
    const auto found = of_collector_.find(&collector);
    return found != of_collector_.end() && found->second.get() == &channel;
  });
}

void PostgresWakes::heard(Channel& channel, std::string_view payload) {
  if (generation_ != schedulers_.generation()) find_apps();
  if (const auto named = channel.apps.find(payload); named != channel.apps.end()) {
    schedulers_.wake(*named, kSource);
    return;
  }
  if (is_anothers(channel, payload)) return;
  for (const std::string& app : channel.apps) schedulers_.wake(app, kSource);
  if (channel.apps.empty()) schedulers_.wake("", kSource);
}

}  // namespace fas::control
