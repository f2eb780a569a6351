// What the daemon's HTTP server answers: /metrics, /healthz, /readyz.
#pragma once

#include <functional>
#include <string>

#include "control/telemetry.h"
#include "net/http_server.h"

namespace fas::serve {

struct Readiness {
  bool ready = false;
  std::string reason;  // why not; empty when ready
};

// `telemetry` outlives the handler. `readiness` is asked with every request to /readyz.
net::Handler make_routes(const control::Telemetry& telemetry, std::function<Readiness()> readiness);

}  // namespace fas::serve
