#include "cli/check_command.h"

#include <fmt/format.h>

#include <memory>
#include <set>
#include <string>

#include "cli/once.h"
#include "control/setup.h"
#include "coordination/group.h"

namespace fas::cli {
namespace {

// A plain count stands at both ends of its pair, and is one expression; so is one that several policies inherit.
std::size_t count_expressions(const config::Config& config) {
  std::set<std::string> places;
  for (const config::AppConfig& app : config.policies()) {
    for (const config::CountExpressions& counts : {app.counts, app.fallback_counts}) {
      for (const auto* expression :
           {&counts.min_created, &counts.max_created, &counts.min_started, &counts.max_started}) {
        if (*expression) places.insert(to_string((*expression)->origin));
      }
    }
    if (app.scale_in_rank) places.insert(to_string(app.scale_in_rank->origin));
  }
  return places.size();
}

std::size_t count_collectors(const config::Config& config) {
  std::set<std::string> places;
  for (const config::AppConfig& app : config.policies()) {
    for (const config::Collector& collector : app.collectors) {
      places.insert(to_string(collector.origin) + collector.metric_name);
    }
  }
  return places.size();
}

std::string counted(std::size_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

Result<std::string> check(const std::string& path, const config::Environment& environment) {
  Result<config::Config> config = config::load(path, environment, config::Purpose::kServe);
  if (!config) return std::unexpected(std::move(config.error()));
  Once once;
  const Result<std::shared_ptr<control::Setup>> setup = control::make_policies(std::move(*config), once.context());
  if (!setup) return std::unexpected(setup.error());
  const config::Config& good = (*setup)->config;
  if (good.coordination) {
    if (auto group = coordination::Group::make(once.context().loop, once.context().clock, *good.coordination); !group) {
      return std::unexpected(std::move(group.error()));
    }
  }
  const std::string subject =
      good.apps.empty() ? "app " + good.app_name
                        : fmt::format("{} {}", good.apps.size(), good.apps.size() == 1 ? "policy" : "policies");
  return fmt::format("ok: {}, {}, {}", subject, counted(count_collectors(good), "collector"),
                     counted(count_expressions(good), "expression"));
}

}  // namespace

int run_check(const Invocation& invocation) {
  constexpr Flag kFlags[] = {kConfigFlag};
  const Result<ParsedFlags> flags = parse_only_flags(invocation.args, kFlags);
  if (!flags) return show_error(invocation.err, flags.error().message);
  if (flags->help) return show_usage(invocation.out, "check", kCheckHelp, kFlags);
  const Result<std::string> summary = check(flags->value("config"), invocation.environment);
  if (!summary) return show_error(invocation.err, summary.error().message);
  invocation.out << *summary << '\n';
  return 0;
}

}  // namespace fas::cli
