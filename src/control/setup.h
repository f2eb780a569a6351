// A configuration made ready to run: policy compiled, collectors and API clients made. Replaced as a whole on reload;
// a tick under way keeps the one that it began with.
#pragma once

#include <memory>
#include <string>

#include "base/error.h"
#include "config/config.h"
#include "control/collectors.h"
#include "control/telemetry.h"
#include "fly/machines_api.h"
#include "fly/platform.h"
#include "net/rate_limiter.h"
#include "scale/policy.h"

namespace fas::control {

// Compiles the configuration's expressions against its metrics. Errors: kInvalid with each problem's place and caret.
Result<scale::Policy> compile_policy(const config::Config& config);

struct Setup {
  config::Config config;
  scale::Policy policy;
  Collectors collectors;
  std::unique_ptr<fly::MachinesApi> machines;
  std::unique_ptr<fly::Platform> platform;
};

// `context` and `telemetry` outlive the setup. `limiter` is the process's, so that limits hold over a reload.
Result<std::shared_ptr<Setup>> make_setup(config::Config config, const metrics::SourceContext& context,
                                          Telemetry& telemetry, std::shared_ptr<net::RateLimiter> limiter);

}  // namespace fas::control
