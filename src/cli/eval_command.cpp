#include "cli/eval_command.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/once.h"
#include "control/setup.h"
#include "scale/evaluate.h"
#include "scale/json.h"

namespace fas::cli {
namespace {

// The policy that is for the app, else the first.
const control::AppSetup& policy_for(const control::Setup& setup, const std::string& app) {
  const control::AppSetup* found = setup.find(app);
  return found == nullptr ? setup.apps.front() : *found;
}

Result<scale::Targets> evaluate(const std::string& path, const std::string& app,
                                const config::Environment& environment) {
  Result<config::Config> config = config::load(path, environment, config::Purpose::kEvaluate);
  if (!config) return std::unexpected(std::move(config.error()));
  Once once;
  const Deadline deadline = once.clock().now() + config->timeout;
  const Result<std::shared_ptr<control::Setup>> setup = control::make_policies(std::move(*config), once.context());
  if (!setup) return std::unexpected(setup.error());
  const control::AppSetup& policy = policy_for(**setup, app);
  const std::vector<scale::Observation> observations =
      once.run(policy.collectors->collect(app.empty() ? policy.config->app_name : app, deadline));
  const scale::Counts no_machines;
  return scale::compute_targets(policy.policy, policy.policy.counts(), observations, no_machines, std::nullopt,
                                once.clock().wall_now());
}

}  // namespace

int run_eval(const Invocation& invocation) {
  constexpr Flag kFlags[] = {
      kConfigFlag, {.name = "app", .placeholder = "NAME", .help = "the app to ask for, where app-name is a wildcard"}};
  const Result<ParsedFlags> flags = parse_only_flags(invocation.args, kFlags);
  if (!flags) return show_error(invocation.err, flags.error().message);
  if (flags->help) return show_usage(invocation.out, "eval", kEvalHelp, kFlags);
  const Result<scale::Targets> targets = evaluate(flags->value("config"), flags->value("app"), invocation.environment);
  if (!targets) return show_error(invocation.err, targets.error().message);
  constexpr int kIndent = 2;
  invocation.out << scale::to_json(*targets).dump(kIndent) << '\n';
  return 0;
}

}  // namespace fas::cli
