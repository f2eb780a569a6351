#include "cli/eval_command.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "control/collectors.h"
#include "control/setup.h"
#include "net/curl_transport.h"
#include "net/system_clock.h"
#include "scale/evaluate.h"
#include "scale/json.h"

namespace fas::cli {
namespace {

namespace asio = boost::asio;
using Observations = std::vector<scale::Observation>;

Result<Observations> collect_once(const config::Config& config, const std::string& app) {
  asio::io_context loop(1);
  net::SystemClock clock(loop);
  net::CurlTransport http(loop, clock);
  const metrics::SourceContext context{.loop = loop, .clock = clock, .http = http};
  Result<control::Collectors> collectors = control::Collectors::make(config.collectors, context);
  if (!collectors) return std::unexpected(std::move(collectors.error()));

  Observations observations;
  std::exception_ptr failure;
  asio::co_spawn(loop, collectors->collect(app, clock.now() + config.timeout),
                 [&](std::exception_ptr error, Observations seen) {
                   failure = std::move(error);
                   observations = std::move(seen);
                   loop.stop();
                 });
  loop.run();
  if (failure) std::rethrow_exception(failure);
  return observations;
}

Result<scale::Targets> evaluate(const std::string& path, const std::string& app,
                                const config::Environment& environment) {
  const Result<config::Config> config = config::load(path, environment, config::Purpose::kEvaluate);
  if (!config) return std::unexpected(config.error());
  const Result<scale::Policy> policy = control::compile_policy(*config);
  if (!policy) return std::unexpected(policy.error());
  const Result<Observations> observations = collect_once(*config, app.empty() ? config->app_name : app);
  if (!observations) return std::unexpected(observations.error());
  const scale::Counts no_machines;
  return scale::compute_targets(*policy, *observations, no_machines, std::nullopt, std::chrono::system_clock::now());
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
