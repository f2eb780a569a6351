#include "cli/plan_command.h"

#include <fmt/format.h>

#include <memory>
#include <string>
#include <utility>

#include "cli/decision_text.h"
#include "cli/once.h"
#include "control/history_read.h"
#include "control/memory_history.h"
#include "control/reconciler.h"
#include "control/setup.h"
#include "scale/json.h"

namespace fas::cli {
namespace {

// The app to plan for: the one that is asked for, else the only one that the configuration names.
Result<std::string> choose_app(const config::Config& config, const std::string& asked) {
  if (!asked.empty()) return asked;
  const auto policies = config.policies();
  if (policies.size() == 1 && !policies.front().wildcard()) return policies.front().app_name;
  return fail(ErrorKind::kInvalid, "the configuration is for several apps; name one with -app");
}

Result<scale::Decision> plan(const std::string& path, const std::string& asked, const config::Environment& environment,
                             std::string& app) {
  Result<config::Config> config = config::load(path, environment, config::Purpose::kServe);
  if (!config) return std::unexpected(std::move(config.error()));
  Result<std::string> chosen = choose_app(*config, asked);
  if (!chosen) return std::unexpected(std::move(chosen.error()));
  app = *chosen;

  Once once;
  control::Telemetry telemetry;
  control::MemoryHistory history;
  if (!config->state_dir.empty()) {
    if (Result<std::string> memory = control::read_memory(config->state_dir, app)) history.remember(app, *memory);
  }
  auto limiter = std::make_shared<net::RateLimiter>(once.clock(), config->api_rate_limits);
  const Duration timeout = config->timeout;
  auto setup = control::make_setup(std::move(*config), once.context(), telemetry, std::move(limiter));
  if (!setup) return std::unexpected(std::move(setup.error()));
  const bool draining = false;
  control::Reconciler reconciler(once.clock(), telemetry, history, draining);
  control::AppState state{.name = app};
  return once.run(reconciler.look(*setup, state, once.clock().now() + timeout));
}

}  // namespace

int run_plan(const Invocation& invocation) {
  constexpr Flag kFlags[] = {kConfigFlag,
                             {.name = "app", .placeholder = "NAME", .help = "the app, where there are several"},
                             {.name = "json", .placeholder = "", .help = "print the decision as JSON"}};
  const Result<ParsedFlags> flags = parse_only_flags(invocation.args, kFlags);
  if (!flags) return show_error(invocation.err, flags.error().message);
  if (flags->help) return show_usage(invocation.out, "plan", kPlanHelp, kFlags);
  std::string app;
  const Result<scale::Decision> decision =
      plan(flags->value("config"), flags->value("app"), invocation.environment, app);
  if (!decision) return show_error(invocation.err, decision.error().message);
  const nlohmann::ordered_json json = scale::to_json(*decision);
  constexpr int kIndent = 2;
  invocation.out << (flags->has("json") ? json.dump(kIndent) + "\n" : decision_text(app, json));
  return 0;
}

}  // namespace fas::cli
