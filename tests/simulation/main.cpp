#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include "control/log.h"
#include "tests/simulation/run.h"
int main(int argc, char** argv) {
  using namespace fas;
  using namespace fas::simulation;
  control::set_log_level(static_cast<control::LogLevel>(4));
  std::uint64_t from = std::strtoull(argv[1], nullptr, 10), to = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : from;
  bool trace = argc > 3;
  std::map<std::string, int> rules;
  std::map<std::string, std::string> first;
  double days = 0;
  std::uint64_t ticks = 0, acts = 0;
  auto t0 = std::chrono::steady_clock::now();
  for (std::uint64_t seed = from; seed <= to; ++seed) {
    auto report = run(make_scenario(seed), {.trace = trace});
    for (auto& line : report.trace) fmt::print("{}\n", line);
    days += std::chrono::duration<double>(report.simulated).count() / 86400;
    ticks += report.ticks;
    acts += report.acts;
    if (report.violation) {
      rules[report.violation->rule]++;
      first.try_emplace(
          report.violation->rule,
          fmt::format("seed {} at {}: {}", seed, format_duration(report.violation->at), report.violation->what));
    }
    if (trace || from == to) fmt::print("{}hash {:x}\n", trace ? make_scenario(seed).policy.yaml() : "", report.hash);
  }
  double s = std::chrono::duration<double>(std::chrono::steady_clock::now() - t0).count();
  for (auto& [r, n] : rules) fmt::print("{} x{}: {}\n", r, n, first[r]);
  fmt::print("{:.1f} days, {} ticks, {} acts, {:.1f} s, {:.1f} us/tick\n", days, ticks, acts, s, s * 1e6 / ticks);
}
