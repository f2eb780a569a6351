// `listen` of the collectors `postgres`: what is notified on a channel wakes the apps that are counted by its
// collector.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "control/schedulers.h"
#include "control/setup.h"
#include "metrics/postgres_listener.h"
#include "metrics/registry.h"
#include "net/event.h"

namespace fas::control {

// One connection for each server and channel, however many policies name it. On the loop's thread.
class PostgresWakes {
 public:
  // Both outlive it.
  PostgresWakes(const metrics::SourceContext& context, Schedulers& schedulers);
  ~PostgresWakes();
  PostgresWakes(const PostgresWakes&) = delete;
  PostgresWakes& operator=(const PostgresWakes&) = delete;

  // Listens until it is cancelled.
  boost::asio::awaitable<void> run();

  // There is another setup. A connection that this one names, too, stays.
  void refresh() { changed_.notify(); }

 private:
  struct Channel {
    metrics::Settings server;  // what makes it another connection, the channel included
    std::shared_ptr<metrics::PostgresListener> listener;
    std::set<std::string, std::less<>> apps;
  };

  void take_over();
  void stop();
  std::shared_ptr<Channel> channel_of(const metrics::Settings& settings);
  std::shared_ptr<Channel> begin(metrics::Settings server, const metrics::Settings& settings);
  void find_apps();
  void heard(Channel& channel, std::string_view payload);
  bool is_anothers(const Channel& channel, std::string_view payload) const;

  metrics::SourceContext context_;
  Schedulers& schedulers_;
  net::Event changed_;
  std::shared_ptr<Setup> setup_;  // that the channels are of
  std::vector<std::shared_ptr<Channel>> channels_;
  std::map<const config::Collector*, std::shared_ptr<Channel>> of_collector_;
  std::optional<std::uint64_t> generation_;  // of the apps, when the channels' apps were found
};

}  // namespace fas::control
