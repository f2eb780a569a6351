// A configuration made ready to run: policies compiled, collectors and API clients made. Replaced as a whole on reload;
// a tick under way keeps the one that it began with.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "config/config.h"
#include "control/collectors.h"
#include "control/guarded_machines.h"
#include "control/telemetry.h"
#include "fly/machines_api.h"
#include "fly/platform.h"
#include "net/rate_limiter.h"
#include "scale/policy.h"

namespace fas::control {

// Compiles a policy's expressions against its metrics. Errors: kInvalid with each problem's place and caret.
Result<scale::Policy> compile_policy(const config::AppConfig& config);

// One policy made ready.
struct AppSetup {
  const config::AppConfig* config;  // lives in Setup::config
  scale::Policy policy;
  std::shared_ptr<Collectors> collectors;  // shared by the policies that inherit theirs
};

struct Setup {
  config::Config config;
  std::vector<AppSetup> apps;
  std::unique_ptr<fly::MachinesApi> machines;
  std::unique_ptr<fly::Platform> platform;

  // The first policy whose app-name matches; null: the app is nobody's.
  const AppSetup* find(std::string_view app) const;
};

// Everything but the API clients. Errors: kInvalid.
Result<std::shared_ptr<Setup>> make_policies(config::Config config, const metrics::SourceContext& context);

// `context` and `telemetry` outlive the setup. `limiter` is the process's, so that limits hold over a reload.
// `safe_until`, where apps are shared with other autoscalers, keeps changes within the time in which an app is ours.
Result<std::shared_ptr<Setup>> make_setup(config::Config config, const metrics::SourceContext& context,
                                          Telemetry& telemetry, std::shared_ptr<net::RateLimiter> limiter,
                                          SafeUntil safe_until = {});

}  // namespace fas::control
