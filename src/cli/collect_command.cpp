#include "cli/collect_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cli/collect_text.h"
#include "cli/once.h"
#include "control/setup.h"

namespace fas::cli {
namespace {

// The policies that are asked for: that of `app`, else all.
Result<std::vector<const control::AppSetup*>> choose(const control::Setup& setup, const std::string& app) {
  std::vector<const control::AppSetup*> chosen;
  if (app.empty()) {
    for (const control::AppSetup& policy : setup.apps) chosen.push_back(&policy);
    return chosen;
  }
  const control::AppSetup* policy = setup.find(app);
  if (policy == nullptr) return fail(ErrorKind::kNotFound, fmt::format("no policy is for app {}", app));
  chosen.push_back(policy);
  return chosen;
}

// One round over all collectors; false when one failed.
bool collect(Once& once, const control::Setup& setup, const std::vector<const control::AppSetup*>& policies,
             const std::string& app, bool as_json, std::ostream& out) {
  bool good = true;
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  for (const control::AppSetup* policy : policies) {
    const config::AppConfig& config = *policy->config;
    const Deadline deadline = once.clock().now() + setup.config.timeout;
    const std::vector<scale::Observation> seen =
        once.run(policy->collectors->collect(app.empty() ? config.app_name : app, deadline));
    good = good && std::ranges::all_of(seen, [](const scale::Observation& each) { return each.value.has_value(); });
    const WallTime now = once.clock().wall_now();
    if (as_json) {
      for (auto& row : collect_json(config.collectors, seen, now)) all.push_back(std::move(row));
      continue;
    }
    if (policies.size() > 1) out << (policy == policies.front() ? "" : "\n") << config.app_name << ":\n";
    out << collect_text(config.collectors, seen, now);
  }
  if (as_json) out << all.dump() << '\n';
  out.flush();
  return good;
}

boost::asio::awaitable<bool> pause(Clock& clock, Duration time) {
  co_await clock.sleep_until(clock.now() + time);
  co_return true;
}

}  // namespace

int run_collect(const Invocation& invocation) {
  constexpr Flag kFlags[] = {
      kConfigFlag,
      {.name = "app", .placeholder = "NAME", .help = "the app to ask for, where app-name is a wildcard"},
      {.name = "watch", .placeholder = "", .help = "ask again at every interval"},
      {.name = "json", .placeholder = "", .help = "print one JSON array a round"}};
  const Result<ParsedFlags> flags = parse_only_flags(invocation.args, kFlags);
  if (!flags) return show_error(invocation.err, flags.error().message);
  if (flags->help) return show_usage(invocation.out, "collect", kCollectHelp, kFlags);
  Result<config::Config> config =
      config::load(flags->value("config"), invocation.environment, config::Purpose::kEvaluate);
  if (!config) return show_error(invocation.err, config.error().message);
  Once once;
  const Result<std::shared_ptr<control::Setup>> setup = control::make_policies(std::move(*config), once.context());
  if (!setup) return show_error(invocation.err, setup.error().message);
  const std::string app = flags->value("app");
  const auto policies = choose(**setup, app);
  if (!policies) return show_error(invocation.err, policies.error().message);
  for (;;) {
    const bool good = collect(once, **setup, *policies, app, flags->has("json"), invocation.out);
    if (!flags->has("watch") || !invocation.out) return good ? 0 : 1;
    once.run(pause(once.clock(), (*setup)->config.interval));
    if (!flags->has("json")) invocation.out << '\n';
  }
}

}  // namespace fas::cli
