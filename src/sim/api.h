// All the simulator answers, without a socket: a request comes in, meets its fate (latency, a fault, a rate limit), has
// its effect on the world, and is answered. The server, the fuzzer and the simulation tests drive it; each has its own
// way of letting time pass between begin() and answer().
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "net/http_server.h"
#include "sim/faults.h"
#include "sim/metrics_page.h"
#include "sim/rate_limits.h"
#include "sim/request_log.h"
#include "sim/route.h"
#include "sim/spread.h"
#include "sim/world.h"

namespace fas::sim {

struct ApiOptions {
  std::string token;  // of these, comma-separated, a request must name one; empty: none is asked for
  Spread latency;     // of each API call; half before its effect, half after
  bool rate_limits = true;
  double fault_rate = 0;  // see Faults::add_mix()
  std::vector<FaultRule> faults;
};

class Api {
 public:
  Api(World& world, ApiOptions options);

  struct Call {
    Route route;
    std::uint64_t number = 0;
    Duration began{0};
    Duration before{0};  // to wait before the effect
    Duration after{0};   // and between the effect and the reply
    std::optional<FaultRule> fault;
  };

  // Will no call need any waiting, but `wait` itself?
  bool immediate() const { return latency_.zero() && faults_.none(); }

  // As of world().now(), like answer().
  Call begin(const net::ServerRequest& request);
  // The effect and the reply. nullopt for a `wait` that has to wait still: ask again after the world's next event, or
  // at `until`.
  std::optional<net::ServerResponse> answer(const Call& call, const net::ServerRequest& request, Duration& until);

  World& world() { return world_; }
  Faults& faults() { return faults_; }
  RateLimits& rate_limits() { return rate_limits_; }
  RequestLog& log() { return log_; }
  Spread& latency() { return latency_; }

 private:
  bool authorized(const net::ServerRequest& request) const;
  std::optional<net::ServerResponse> limited(const Call& call);
  std::optional<net::ServerResponse> effect(const Call& call, const net::ServerRequest& request, Duration& until);
  void record(const Call& call, const net::ServerRequest& request, const net::ServerResponse& response);

  World& world_;
  std::string token_;
  Spread latency_;
  RateLimits rate_limits_;
  Faults faults_;
  Random random_;
  RequestLog log_;
  RequestCounts counts_;
};

}  // namespace fas::sim
