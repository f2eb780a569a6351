// simulate-defects [-threads N] [-seeds N] [-defect N]
// Shows that the simulation can fail: for each defect of defects.py the first seed that finds it, and the rule that was
// broken. Exit status 1 when a defect is not found, or a rule is broken without any.
#include <fmt/format.h>

#include <atomic>
#include <charconv>
#include <cstdlib>
#include <string_view>
#include <thread>

#include "tests/simulation/campaign.h"
#include "tests/simulation/defects/defect.h"

namespace fas::test {
namespace {
std::atomic<int> chosen = 0;
}  // namespace

int defect() { return chosen.load(std::memory_order_relaxed); }
void choose_defect(int number) { chosen = number; }

}  // namespace fas::test

namespace fas::simulation {
namespace {

// The first failure, and how many seeds it took. Whole blocks are run, so that the first seed is found whatever the
// number of threads.
std::optional<Failure> first_failure(std::uint64_t seeds, int threads) {
  constexpr std::uint64_t kBlock = 20;
  for (std::uint64_t first = 1; first <= seeds; first += kBlock) {
    Campaign campaign = run_seeds(first, std::min(first + kBlock - 1, seeds), threads, kBlock);
    if (!campaign.failures.empty()) return std::move(campaign.failures.front());
  }
  return std::nullopt;
}

bool show(int number, std::string_view name, std::uint64_t seeds, int threads) {
  test::choose_defect(number);
  const auto failure = first_failure(seeds, threads);
  const std::string found =
      failure ? fmt::format("seed {:>4}  {:<15} {}", failure->seed, failure->violation.rule, failure->violation.what)
              : fmt::format("not found in {} seeds", seeds);
  fmt::print("{:>2}  {:<52} {}\n", number, name, found);
  std::fflush(stdout);
  return failure.has_value();
}

int show_all(std::uint64_t seeds, int threads, int only) {
  int missed = 0;
  if (only == 0 && show(0, "(none)", std::min<std::uint64_t>(seeds, 200), threads)) ++missed;
  for (std::size_t i = 0; i < test::kDefects.size(); ++i) {
    const int number = static_cast<int>(i) + 1;
    if (only != 0 && only != number) continue;
    if (!show(number, test::kDefects[i], seeds, threads)) ++missed;
  }
  fmt::print("{} of {} defects found\n", static_cast<int>(test::kDefects.size()) - missed, test::kDefects.size());
  return missed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace fas::simulation

int main(int count, char** values) {
  std::uint64_t seeds = 1000;
  int threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  int only = 0;
  for (int i = 1; i + 1 < count; i += 2) {
    const std::string_view flag = values[i];
    const int value = std::atoi(values[i + 1]);
    if (flag == "-seeds") seeds = static_cast<std::uint64_t>(value);
    if (flag == "-threads") threads = value;
    if (flag == "-defect") only = value;
  }
  fas::simulation::silence_log();
  return fas::simulation::show_all(seeds, threads, only);
}
