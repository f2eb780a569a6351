#include "tests/simulation/campaign.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>

#include "control/log.h"
#include "tests/simulation/minimise.h"

namespace fas::simulation {

Campaign run_seeds(std::uint64_t first, std::uint64_t last, int threads, std::size_t enough) {
  Campaign campaign;
  std::atomic<std::uint64_t> next = first;
  std::atomic<bool> stop = false;
  std::mutex mutex;
  const auto work = [&] {
    for (std::uint64_t seed = next++; seed <= last && !stop; seed = next++) {
      Report report = run(make_scenario(seed));
      const std::scoped_lock lock(mutex);
      ++campaign.seeds;
      campaign.ticks += report.ticks;
      campaign.acts += report.acts;
      campaign.creates += report.creates;
      campaign.crashes += report.crashes;
      campaign.simulated += report.simulated;
      if (report.violation) campaign.failures.push_back({seed, std::move(*report.violation)});
      if (campaign.failures.size() >= enough) stop = true;
    }
  };
  std::vector<std::jthread> workers;
  for (int i = 1; i < threads; ++i) workers.emplace_back(work);
  work();
  workers.clear();
  std::ranges::sort(campaign.failures, {}, &Failure::seed);
  return campaign;
}

std::string explain(const Failure& failure) {
  const Scenario scenario = make_scenario(failure.seed);
  const Scenario smallest = minimise(scenario, failure.violation.rule);
  const Report again = run(smallest);
  const Violation& violation = again.violation ? *again.violation : failure.violation;
  std::string text = fmt::format("seed {}: {} at {}: {}\n", failure.seed, failure.violation.rule,
                                 format_duration(failure.violation.at), failure.violation.what);
  text += fmt::format("  it takes {} of {} events (then at {}: {}):\n", smallest.events.size(), scenario.events.size(),
                      format_duration(violation.at), violation.what);
  for (const Event& event : smallest.events) text += fmt::format("    {}\n", describe(event));
  text += fmt::format("  again: build/release/tests/simulate -seed {} -trace\n", failure.seed);
  return text;
}

void silence_log() { control::set_log_level(static_cast<control::LogLevel>(4)); }

}  // namespace fas::simulation
