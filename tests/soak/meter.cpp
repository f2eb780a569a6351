#include "tests/soak/meter.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace fas::test {
namespace {

double status_number(const std::string& status, const std::string& name) {
  const std::size_t at = status.find("\n" + name + ":");
  if (at == std::string::npos) throw std::runtime_error("/proc/self/status has no " + name);
  return std::stod(status.substr(at + name.size() + 2));
}

template <class Number>
Number median_of(const std::vector<Use>& uses, Number Use::* figure) {
  if (uses.empty()) return 0;
  std::vector<Number> numbers;
  numbers.reserve(uses.size());
  for (const Use& use : uses) numbers.push_back(use.*figure);
  const auto middle = numbers.begin() + static_cast<std::ptrdiff_t>(numbers.size() / 2);
  std::ranges::nth_element(numbers, middle);
  return *middle;
}

std::string text_of(const char* name, const Use& use) {
  return fmt::format("{:<15} {:>8.0f} KiB {:>5} descriptors {:>4} threads (medians)\n", name, use.rss_kib,
                     use.descriptors, use.threads);
}

}  // namespace

Use use_now() {
  std::ifstream file("/proc/self/status");
  const std::string status((std::istreambuf_iterator<char>(file)), {});
  const auto descriptors = std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {});
  return {.rss_kib = status_number(status, "VmRSS"),
          .descriptors = static_cast<int>(descriptors) - 1,  // that of the folder itself
          .threads = static_cast<int>(status_number(status, "Threads"))};
}

Use median(std::vector<Use> uses) {
  return {.rss_kib = median_of(uses, &Use::rss_kib),
          .descriptors = median_of(uses, &Use::descriptors),
          .threads = median_of(uses, &Use::threads)};
}

Flatness flatness(const std::vector<Use>& uses, int ticks) {
  const auto part = [&](std::size_t quarter) {
    const auto size = static_cast<std::ptrdiff_t>(uses.size());
    const auto at = static_cast<std::ptrdiff_t>(quarter);
    return std::vector<Use>(uses.begin() + size * at / 4, uses.begin() + size * (at + 1) / 4);
  };
  Flatness result{.second_quarter = median(part(1)), .last_quarter = median(part(3)), .text = {}};
  const double before = result.second_quarter.rss_kib;
  const double growth = result.last_quarter.rss_kib - before;
  result.rss_percent = before > 0 ? 100 * growth / before : 0;
  result.rss_bytes_per_tick = ticks > 0 ? growth * 1024 / (ticks / 2.0) : 0;
  const int descriptors = result.last_quarter.descriptors - result.second_quarter.descriptors;
  const int threads = result.last_quarter.threads - result.second_quarter.threads;
  result.flat = result.rss_percent <= kMostPercent && descriptors <= 0 && threads <= 0;
  result.text =
      text_of("second quarter", result.second_quarter) + text_of("last quarter", result.last_quarter) +
      fmt::format("memory {:+.2f} % ({:+.1f} bytes a tick), descriptors {:+}, threads {:+}: {}\n", result.rss_percent,
                  result.rss_bytes_per_tick, descriptors, threads, result.flat ? "flat" : "NOT FLAT");
  return result;
}

}  // namespace fas::test
