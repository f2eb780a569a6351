// The world's side of every HTTP exchange: a request travels, has its effect in the simulated platform, and the reply
// travels back. It goes on whatever has become of who sent it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "net/http.h"
#include "net/http_server.h"
#include "sim/api.h"
#include "sim/random.h"
#include "tests/simulation/timeline.h"

namespace fas::simulation {

struct Exchange {
  std::uint64_t number = 0;  // from 1, in the order of sending
  int process = 0;           // which of the run's processes sent it
  net::HttpRequest request;
  std::string_view path;   // of request.url
  std::string_view query;  // behind the `?`
  sim::Route route;        // of metrics: Action::kMetrics
  Duration sent{0};
  Duration effect{0};            // when it reached the server
  int status = 0;                // with which the server answered, before a fault spoilt it; 0: a fault kept it away
  bool spoilt = false;           // a fault has changed the answer
  net::ServerResponse response;  // as sent back, faults included
};

// Told of everything that passes over the wire, in the order of time.
class WireObserver {
 public:
  WireObserver() = default;
  WireObserver(const WireObserver&) = delete;
  WireObserver& operator=(const WireObserver&) = delete;
  virtual ~WireObserver() = default;

  virtual void sent(const Exchange& exchange) = 0;
  // The server has acted on it. Not called for a request that a fault kept from the server.
  virtual void took_effect(const Exchange& exchange) = 0;
  // The reply has arrived at a process that still waits for it, or that has just given up.
  virtual void replied(const Exchange& exchange, const Result<net::HttpResponse>& reply) = 0;
};

struct NetworkOptions {
  double unreachable = 0;  // the chance that no connection can be made
  double late = 0;         // the chance that a request is held up on its way, by up to `late_by`
  Duration late_by = std::chrono::seconds(45);
};

class Network {
 public:
  using Reply = Result<net::HttpResponse>;
  using Deliver = std::move_only_function<void(const Exchange&, Reply)>;
  // What the metrics' server says at this moment; nullopt: nothing, ever.
  using MetricsPage = std::function<std::optional<net::ServerResponse>(const Exchange&)>;

  Network(Timeline& timeline, sim::Api& api, MetricsPage metrics, sim::Random random)
      : timeline_(timeline), api_(api), metrics_(std::move(metrics)), random_(random) {}

  void observe(WireObserver* observer) { observer_ = observer; }
  NetworkOptions& options() { return options_; }

  // `deliver` is called when the reply arrives, perhaps never; it must do nothing when its process has gone.
  std::shared_ptr<const Exchange> send(int process, net::HttpRequest request, Deliver deliver);
  // To be told by who has waited for a reply, when it has come in time or not.
  void note_reply(const Exchange& exchange, const Reply& reply) {
    if (observer_ != nullptr) observer_->replied(exchange, reply);
  }

  std::uint64_t sent_count() const { return last_; }

 private:
  struct Flight;
  void arrive(std::shared_ptr<Flight> flight);
  void come_back(const std::shared_ptr<Flight>& flight);
  net::ServerRequest server_request(const Exchange& exchange) const;

  Timeline& timeline_;
  sim::Api& api_;
  MetricsPage metrics_;
  sim::Random random_;
  NetworkOptions options_;
  WireObserver* observer_ = nullptr;
  std::uint64_t last_ = 0;
};

// Where the processes find the servers.
inline constexpr std::string_view kMachinesUrl = "http://machines.sim";
inline constexpr std::string_view kGraphqlUrl = "http://graphql.sim";
inline constexpr std::string_view kMetricsUrl = "http://metrics.sim";

}  // namespace fas::simulation
