#include "cli/check_command.h"

#include <fmt/format.h>

#include <boost/asio/io_context.hpp>
#include <set>
#include <string>

#include "control/collectors.h"
#include "control/setup.h"
#include "net/curl_transport.h"
#include "net/system_clock.h"

namespace fas::cli {
namespace {

// A plain count stands at both ends of its pair, and is one expression.
std::size_t count_expressions(const config::Config& config) {
  std::set<std::string> places;
  for (const auto* expression : {&config.min_created, &config.max_created, &config.min_started, &config.max_started}) {
    if (*expression) places.insert(to_string((*expression)->origin));
  }
  return places.size();
}

std::string counted(std::size_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

Result<void> make_collectors(const config::Config& config) {
  boost::asio::io_context loop(1);
  net::SystemClock clock(loop);
  net::CurlTransport http(loop, clock);
  const metrics::SourceContext context{.loop = loop, .clock = clock, .http = http};
  Result<control::Collectors> collectors = control::Collectors::make(config.collectors, context);
  if (!collectors) return std::unexpected(std::move(collectors.error()));
  return {};
}

Result<std::string> check(const std::string& path, const config::Environment& environment) {
  const Result<config::Config> config = config::load(path, environment, config::Purpose::kServe);
  if (!config) return std::unexpected(config.error());
  const Result<scale::Policy> policy = control::compile_policy(*config);
  if (!policy) return std::unexpected(policy.error());
  if (Result<void> made = make_collectors(*config); !made) return std::unexpected(std::move(made.error()));
  return fmt::format("ok: app {}, {}, {}", config->app_name, counted(config->collectors.size(), "collector"),
                     counted(count_expressions(*config), "expression"));
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
