#include "control/setup.h"

#include <fmt/format.h>

#include <string_view>
#include <utility>
#include <vector>

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

}  // namespace

Result<scale::Policy> compile_policy(const config::Config& config) {
  const scale::PolicyText text{.min_created = expression(config.min_created),
                               .max_created = expression(config.max_created),
                               .min_started = expression(config.min_started),
                               .max_started = expression(config.max_started)};
  std::vector<scale::MetricName> metrics;
  metrics.reserve(config.collectors.size());
  for (const config::Collector& collector : config.collectors) {
    metrics.push_back({.name = collector.metric_name, .is_series = collector.settings.flag("series")});
  }
  scale::PlanRules rules{.regions = config.regions,
                         .launch_created = config.initial_machine_state == config::InitialState::kStarted};
  return scale::Policy::compile(text, std::move(metrics), std::move(rules));
}

Result<std::shared_ptr<Setup>> make_setup(config::Config config, const metrics::SourceContext& context,
                                          Telemetry& telemetry, std::shared_ptr<net::RateLimiter> limiter) {
  Result<scale::Policy> policy = compile_policy(config);
  if (!policy) return std::unexpected(std::move(policy.error()));
  Result<Collectors> collectors = Collectors::make(config.collectors, context);
  if (!collectors) return std::unexpected(std::move(collectors.error()));

  const auto options = [&](std::string_view api, const std::string& base_url) {
    return fly::ClientOptions{
        .base_url = base_url,
        .token = config.api_token,
        .observer = [&telemetry, api](std::string_view call, int status,
                                      Duration latency) { telemetry.api_called(api, call, status, latency); },
        .limiter = limiter};
  };
  auto machines =
      std::make_unique<fly::MachinesClient>(context.http, context.clock, options("machines", config.machines_api_url));
  auto platform =
      std::make_unique<fly::GraphqlClient>(context.http, context.clock, options("graphql", config.graphql_api_url));
  return std::make_shared<Setup>(Setup{.config = std::move(config),
                                       .policy = std::move(*policy),
                                       .collectors = std::move(*collectors),
                                       .machines = std::move(machines),
                                       .platform = std::move(platform)});
}

}  // namespace fas::control
