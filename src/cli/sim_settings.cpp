#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <fstream>
#include <sstream>
#include <utility>
#include <vector>

#include "cli/sim_command.h"

namespace fas::cli {
namespace {

// The options as they are typed; what they mean is checked in the same order as the help lists them.
struct Raw {
  std::string listen = "127.0.0.1:8080";
  std::string port_file;
  int app_count = 0;
  std::vector<std::string> app_names;
  std::string org = "personal";
  int machines = 5;
  std::string state = "stopped";
  std::vector<std::string> regions;
  std::vector<std::string> capacities;
  std::uint64_t seed = 1;
  std::string token;
  std::string latency = "20ms";
  std::string create_time = "200ms";
  std::string boot_time = "1s";
  std::string stop_time = "500ms";
  double boot_failure_rate = 0;
  std::string stale_list = "0s";
  bool no_rate_limits = false;
  double fault_rate = 0;
  std::vector<std::string> faults;
  std::string profile = "none";
  std::string trace;
  double service_rate = 1;
  bool even = false;
  double time_scale = 1;
};

void declare(CLI::App& app, Raw& raw) {
  app.add_option("--listen", raw.listen, "Address, \"host:port\"; port 0 takes a free one")->capture_default_str();
  app.add_option("--port-file", raw.port_file, "File that the port is written to when the server listens");
  app.add_option("--apps", raw.app_count, "Number of apps, named app-0001 and so on")->check(CLI::Range(0, 100'000));
  app.add_option("--app", raw.app_names, "Name of an app; may be repeated. Without --apps and --app: worker");
  app.add_option("--org", raw.org, "Organisation of the apps")->capture_default_str();
  app.add_option("--machines", raw.machines, "Machines of each app at the start")
      ->check(CLI::Range(0, 100'000))
      ->capture_default_str();
  app.add_option("--initial-state", raw.state, "State of those machines")
      ->check(CLI::IsMember({"started", "stopped", "suspended", "created"}))
      ->capture_default_str();
  app.add_option("--regions", raw.regions, "Regions there are, by commas; the machines are spread over them")
      ->delimiter(',');
  app.add_option("--capacity", raw.capacities, "Room in a region, as in iad=10; may be repeated, or by commas")
      ->delimiter(',');
  app.add_option("--seed", raw.seed, "Seed of all that is random")->capture_default_str();
  app.add_option("--token", raw.token, "API token that is asked for; default: none");
  app.add_option("--api-latency", raw.latency, "Time of an API call: 50ms, 20ms..80ms, exp:40ms, lognormal:40ms,0.5")
      ->capture_default_str();
  app.add_option("--create-time", raw.create_time, "Time from created to starting")->capture_default_str();
  app.add_option("--boot-time", raw.boot_time, "Time from starting to started")->capture_default_str();
  app.add_option("--stop-time", raw.stop_time, "Time from stopping to stopped")->capture_default_str();
  app.add_option("--boot-failure-rate", raw.boot_failure_rate, "Share of the starts that fail")
      ->check(CLI::Range(0.0, 1.0));
  app.add_option("--stale-list", raw.stale_list, "How old a list of machines may be")->capture_default_str();
  app.add_flag("--no-rate-limits", raw.no_rate_limits, "Without the documented rate limits");
  app.add_option("--fault-rate", raw.fault_rate, "Share of the API calls that fail, in one of five ways")
      ->check(CLI::Range(0.0, 1.0));
  app.add_option("--fault", raw.faults, "KIND=RATE or KIND:ACTION=RATE, as in reset_after:create=0.05; repeatable");
  app.add_option("--profile", raw.profile,
                 "Arrival of jobs: none, constant:5, step:2,20@60s, spike:base=2,peak=50,at=20s,for=10s, "
                 "wave:min=1,max=20,period=24h")
      ->capture_default_str();
  app.add_option("--trace", raw.trace, "CSV of seconds,jobs_per_second, instead of a profile");
  app.add_option("--service-rate", raw.service_rate, "Jobs a second that one machine works off")
      ->check(CLI::Range(0.0, 1e6))
      ->capture_default_str();
  app.add_flag("--even", raw.even, "Evenly spaced arrivals instead of random ones");
  app.add_option("--time-scale", raw.time_scale, "Simulated seconds a second")
      ->check(CLI::Range(0.001, 10'000.0))
      ->capture_default_str();
}

// Go programs take -listen and --listen alike.
std::vector<std::string> with_two_dashes(std::span<const std::string> args) {
  std::vector<std::string> result;
  for (const std::string& arg : args) {
    const bool single = arg.size() > 2 && arg[0] == '-' && arg[1] != '-' && (arg[1] < '0' || arg[1] > '9');
    result.push_back(single ? "-" + arg : arg);
  }
  return result;
}

Result<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) return fail(ErrorKind::kNotFound, fmt::format("cannot read {}", path));
  return text.str();
}

template <class T>
Result<void> parse(const char* option, const std::string& text, T& target) {
  auto parsed = T::parse(text);
  if (!parsed) return fail_with(option, std::move(parsed.error()));
  target = std::move(*parsed);
  return {};
}

Result<void> fill_world(const Raw& raw, sim::WorldOptions& world) {
  world.seed = raw.seed;
  if (!raw.regions.empty()) world.regions = sim::Regions(raw.regions);
  for (const std::string& capacity : raw.capacities) {
    if (auto set = world.regions.set_capacity(capacity); !set) return set;
  }
  if (auto read = parse("--create-time", raw.create_time, world.create_time); !read) return read;
  if (auto read = parse("--boot-time", raw.boot_time, world.boot_time); !read) return read;
  if (auto read = parse("--stop-time", raw.stop_time, world.stop_time); !read) return read;
  world.boot_failure_rate = raw.boot_failure_rate;
  const auto stale = parse_duration(raw.stale_list);
  if (!stale || *stale < Duration::zero()) {
    return fail(ErrorKind::kInvalid, fmt::format("--stale-list: \"{}\" is no duration", raw.stale_list));
  }
  world.stale_list = *stale;
  return {};
}

Result<void> fill_api(const Raw& raw, sim::ApiOptions& api) {
  api.token = raw.token;
  api.rate_limits = !raw.no_rate_limits;
  api.fault_rate = raw.fault_rate;
  if (auto read = parse("--api-latency", raw.latency, api.latency); !read) return read;
  for (const std::string& text : raw.faults) {
    sim::FaultRule rule;
    if (auto read = parse("--fault", text, rule); !read) return read;
    api.faults.push_back(std::move(rule));
  }
  return {};
}

Result<sim::WorkloadOptions> read_workload(const Raw& raw) {
  sim::WorkloadOptions workload;
  workload.service_rate = raw.service_rate;
  workload.even = raw.even;
  if (raw.trace.empty()) {
    if (auto read = parse("--profile", raw.profile, workload.profile); !read) return std::unexpected(read.error());
    return workload;
  }
  auto csv = read_file(raw.trace);
  if (!csv) return fail_with("--trace", std::move(csv.error()));
  auto profile = sim::Profile::from_csv(*csv);
  if (!profile) return fail_with("--trace " + raw.trace, std::move(profile.error()));
  workload.profile = std::move(*profile);
  return workload;
}

Result<void> fill_apps(const Raw& raw, std::vector<sim::InitialApp>& apps) {
  auto workload = read_workload(raw);
  if (!workload) return std::unexpected(std::move(workload.error()));
  std::vector<std::string> names = raw.app_names;
  for (int i = 1; i <= raw.app_count; ++i) names.push_back(fmt::format("app-{:04}", i));
  if (names.empty()) names.emplace_back("worker");
  for (std::string& name : names) {
    sim::InitialApp app;
    app.app = {.name = std::move(name), .org = raw.org, .workload = *workload};
    app.machines = raw.machines;
    app.state = parse_machine_state(raw.state);
    app.regions = raw.regions;
    apps.push_back(std::move(app));
  }
  return {};
}

}  // namespace

Result<SimSettings> read_sim_settings(std::span<const std::string> args) {
  Raw raw;
  SimSettings settings;
  CLI::App app("Simulates the Fly Machines API, GraphQL API and a workload on a local port.", "fly-autoscaler sim");
  declare(app, raw);
  try {
    std::vector<std::string> reversed = with_two_dashes(args);
    std::reverse(reversed.begin(), reversed.end());  // as CLI11 wants them
    app.parse(std::move(reversed));
  } catch (const CLI::CallForHelp&) {
    settings.show_help = true;
    settings.help = app.help();
    return settings;
  } catch (const CLI::ParseError& error) {
    return fail(ErrorKind::kInvalid, error.what());
  }
  settings.port_file = raw.port_file;
  settings.options.listen = raw.listen;
  settings.options.time_scale = raw.time_scale;
  if (auto filled = fill_world(raw, settings.options.world); !filled) return std::unexpected(filled.error());
  if (auto filled = fill_api(raw, settings.options.api); !filled) return std::unexpected(filled.error());
  if (auto filled = fill_apps(raw, settings.options.apps); !filled) return std::unexpected(filled.error());
  return settings;
}

}  // namespace fas::cli
