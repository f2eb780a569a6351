#include "control/setup.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.h"
#include "fly/graphql_client.h"
#include "fly/machines_client.h"

namespace fas::control {
namespace {

std::string place(const config::Origin& origin) {
  if (!origin.env.empty()) return origin.env;
  return fmt::format("{}:{}:{}", origin.file, origin.line, origin.column);
}

std::optional<scale::ExpressionText> expression(const std::optional<config::Expression>& configured) {
  if (!configured) return std::nullopt;
  return scale::ExpressionText{.text = configured->text, .where = place(configured->origin)};
}

scale::CountTexts texts_of(const config::CountExpressions& counts) {
  return {.min_created = expression(counts.min_created),
          .max_created = expression(counts.max_created),
          .min_started = expression(counts.min_started),
          .max_started = expression(counts.max_started)};
}

bool same_collectors(const config::AppConfig& a, const config::AppConfig& b) {
  // Where they are inherited they stand at the same places; those of the environment have the same variables.
  return std::ranges::equal(a.collectors, b.collectors, [](const config::Collector& x, const config::Collector& y) {
    return x.metric_name == y.metric_name && to_string(x.origin) == to_string(y.origin);
  });
}

// That of an earlier policy with the very same collectors, or new ones.
Result<std::shared_ptr<Collectors>> collectors_of(const config::AppConfig& app, const std::vector<AppSetup>& earlier,
                                                  const metrics::SourceContext& context, metrics::SourcePool& pool) {
  for (const AppSetup& other : earlier) {
    if (same_collectors(*other.config, app)) return other.collectors;
  }
  Result<Collectors> collectors = Collectors::make(app.collectors, context, pool);
  if (!collectors) return std::unexpected(std::move(collectors.error()));
  return std::make_shared<Collectors>(std::move(*collectors));
}

}  // namespace

Result<scale::Policy> compile_policy(const config::AppConfig& config) {
  scale::PolicyText text{.counts = texts_of(config.counts),
                         .fallback = texts_of(config.fallback_counts),
                         .fallback_after = config.fallback_after,
                         .behavior = config.behavior,
                         .limits = config.limits,
                         .schedules = config.schedules,
                         .paused = config.paused,
                         .busy_metric = config.busy_metric,
                         .busy_label = config.busy_label,
                         .scale_in_rank = expression(config.scale_in_rank)};
  std::vector<scale::MetricName> metrics;
  metrics.reserve(config.collectors.size());
  for (const config::Collector& collector : config.collectors) {
    metrics.push_back({.name = collector.metric_name, .is_series = collector.settings.flag("series")});
  }
  scale::PlanRules rules{.process_group = config.process_group,
                         .regions = config.regions,
                         .launch_created = config.initial_machine_state == config::InitialState::kStarted,
                         .scale_out_order = config.scale_out_order,
                         .scale_in_order = config.scale_in_order,
                         .busy_timeout = config.busy_timeout,
                         .max_actions = config.max_actions_per_tick};
  return scale::Policy::compile(text, std::move(metrics), std::move(rules));
}

const AppSetup* Setup::find(std::string_view app) const {
  const auto found =
      std::ranges::find_if(apps, [app](const AppSetup& each) { return matches_wildcard(each.config->app_name, app); });
  return found == apps.end() ? nullptr : &*found;
}

Result<std::shared_ptr<Setup>> make_policies(config::Config config, const metrics::SourceContext& context) {
  auto setup = std::make_shared<Setup>();
  setup->config = std::move(config);
  metrics::SourcePool pool;
  for (const config::AppConfig& app : setup->config.policies()) {
    Result<scale::Policy> policy = compile_policy(app);
    if (!policy) return std::unexpected(std::move(policy.error()));
    Result<std::shared_ptr<Collectors>> collectors = collectors_of(app, setup->apps, context, pool);
    if (!collectors) return std::unexpected(std::move(collectors.error()));
    setup->apps.push_back({.config = &app, .policy = std::move(*policy), .collectors = std::move(*collectors)});
  }
  return setup;
}

Result<std::shared_ptr<Setup>> make_setup(config::Config config, const metrics::SourceContext& context,
                                          Telemetry& telemetry, std::shared_ptr<net::RateLimiter> limiter,
                                          SafeUntil safe_until) {
  Result<std::shared_ptr<Setup>> made = make_policies(std::move(config), context);
  if (!made) return made;
  Setup& setup = **made;
  // So that whoever looks at the APIs' logs can tell several autoscalers apart.
  const auto& coordination = setup.config.coordination;
  const std::string user_agent = coordination ? "fly-autoscaler (" + coordination->member + ")" : "fly-autoscaler";
  const auto options = [&](std::string_view api, const std::string& base_url) {
    return fly::ClientOptions{
        .base_url = base_url,
        .token = setup.config.api_token,
        .user_agent = user_agent,
        .observer = [&telemetry, api](std::string_view call, int status,
                                      Duration latency) { telemetry.api_called(api, call, status, latency); },
        .limiter = limiter};
  };
  setup.machines = std::make_unique<fly::MachinesClient>(context.http, context.clock,
                                                         options("machines", setup.config.machines_api_url));
  if (safe_until) setup.machines = guarded(std::move(setup.machines), context.clock, std::move(safe_until));
  setup.platform = std::make_unique<fly::GraphqlClient>(context.http, context.clock,
                                                        options("graphql", setup.config.graphql_api_url));
  return made;
}

}  // namespace fas::control
