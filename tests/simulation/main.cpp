// simulate [-group] -seeds FROM..TO | -seed N [-threads N] [-trace] [-whole]
// Runs the autoscaler under the simulator for each seed; with -group several of them that share apps. Exit status 1
// when a rule was broken, 2 for wrong arguments.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>
#include <chrono>
#include <exception>
#include <map>
#include <optional>
#include <span>
#include <string_view>
#include <thread>

#include "tests/simulation/campaign.h"
#include "tests/simulation/group_run.h"
#include "tests/simulation/minimise.h"

namespace fas::simulation {
namespace {

struct Arguments {
  std::uint64_t first = 1;
  std::uint64_t last = 1000;
  int threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  bool trace = false;
  bool whole = false;  // trace all events, not the least that it takes
  bool group = false;
};

template <class T>
bool read_number(std::string_view text, T& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size();
}

std::optional<Arguments> read_arguments(int count, char** values) {
  Arguments arguments;
  for (int i = 1; i < count; ++i) {
    const std::string_view flag = values[i];
    if (flag == "-trace" || flag == "-whole") {
      (flag == "-trace" ? arguments.trace : arguments.whole) = true;
      continue;
    }
    if (flag == "-group") {
      arguments.group = true;
      continue;
    }
    if (i + 1 == count) return std::nullopt;
    const std::string_view value = values[++i];
    if (flag == "-seed") {
      if (!read_number(value, arguments.first)) return std::nullopt;
      arguments.last = arguments.first;
    } else if (flag == "-seeds") {
      const std::size_t dots = value.find("..");
      if (dots == std::string_view::npos || !read_number(value.substr(0, dots), arguments.first) ||
          !read_number(value.substr(dots + 2), arguments.last)) {
        return std::nullopt;
      }
    } else if (flag != "-threads" || !read_number(value, arguments.threads)) {
      return std::nullopt;
    }
  }
  return arguments;
}

int show_one(const Arguments& arguments) {
  Scenario scenario = make_scenario(arguments.first);
  const Report report = run(scenario);
  if (report.violation && !arguments.whole) scenario = minimise(scenario, report.violation->rule);
  const Report traced = run(scenario, {.trace = true});
  fmt::print("{}\n", scenario.policy.yaml());
  for (const std::string& line : traced.trace) fmt::print("{}\n", line);
  if (!traced.violation) return 0;
  fmt::print("{} at {}: {}\n", traced.violation->rule, format_duration(traced.violation->at), traced.violation->what);
  return 1;
}

int run_all(const Arguments& arguments) {
  const auto begin = std::chrono::steady_clock::now();
  const Campaign campaign = run_seeds(arguments.first, arguments.last, arguments.threads);
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - begin;

  std::map<std::string, std::vector<std::uint64_t>> by_rule;
  for (const Failure& failure : campaign.failures) {
    auto& seeds = by_rule[failure.violation.rule];
    if (seeds.empty()) fmt::print("{}\n", explain(failure));
    seeds.push_back(failure.seed);
  }
  constexpr std::size_t kShown = 20;
  for (const auto& [rule, seeds] : by_rule) {
    const auto shown = std::span(seeds).first(std::min(seeds.size(), kShown));
    fmt::print("{}: {} seeds: {}{}\n", rule, seeds.size(), fmt::join(shown, " "), seeds.size() > kShown ? " ..." : "");
  }
  const double years = std::chrono::duration<double, std::ratio<31'557'600>>(campaign.simulated).count();
  fmt::print("{} seeds, {} failed: {} ticks, {} actions, {} of them creates, {} kills, {:.2f} years in {:.1f} s\n",
             campaign.seeds, campaign.failures.size(), campaign.ticks, campaign.acts, campaign.creates,
             campaign.crashes, years, wall.count());
  return campaign.failures.empty() ? 0 : 1;
}

int run_groups(const Arguments& arguments) {
  std::uint64_t failed = 0;
  std::uint64_t acts = 0;
  std::uint64_t takings = 0;
  std::uint64_t processes = 0;
  for (std::uint64_t seed = arguments.first; seed <= arguments.last; ++seed) {
    const GroupReport report = run_group(seed, arguments.trace);
    for (const std::string& line : report.trace) fmt::print("{}\n", line);
    if (report.violation) {
      ++failed;
      fmt::print("seed {}: {}\n", seed, *report.violation);
    }
    acts += report.acts;
    takings += report.takings;
    processes += report.processes;
  }
  fmt::print("{} seeds, {} failed: {} changes, {} passed on to another process, {} processes\n",
             arguments.last - arguments.first + 1, failed, acts, takings, processes);
  return failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace fas::simulation

int main(int count, char** values) {
  using namespace fas::simulation;
  const auto arguments = read_arguments(count, values);
  if (!arguments) {
    fmt::print(stderr, "usage: simulate [-group] [-seeds FROM..TO | -seed N] [-threads N] [-trace [-whole]]\n");
    return 2;
  }
  silence_log();
  try {
    if (arguments->group) return run_groups(*arguments);
    return arguments->trace ? show_one(*arguments) : run_all(*arguments);
  } catch (const std::exception& error) {
    fmt::print(stderr, "simulate: {}\n", error.what());
    return 1;
  }
}
