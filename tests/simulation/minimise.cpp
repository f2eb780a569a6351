#include "tests/simulation/minimise.h"

#include <algorithm>
#include <cstddef>

namespace fas::simulation {
namespace {

std::vector<Event> without(const std::vector<Event>& events, std::size_t begin, std::size_t end) {
  std::vector<Event> rest(events.begin(), events.begin() + static_cast<std::ptrdiff_t>(begin));
  rest.insert(rest.end(), events.begin() + static_cast<std::ptrdiff_t>(end), events.end());
  return rest;
}

}  // namespace

Scenario minimise(const Scenario& failing, const std::string& rule, int runs) {
  Scenario best = failing;
  std::size_t parts = 2;
  while (runs > 0 && !best.events.empty()) {
    const std::size_t size = std::max<std::size_t>(1, (best.events.size() + parts - 1) / parts);
    bool smaller = false;
    for (std::size_t begin = 0; begin < best.events.size() && runs > 0;) {
      Scenario tried = best;
      tried.events = without(best.events, begin, std::min(begin + size, best.events.size()));
      --runs;
      const Report report = run(tried);
      if (report.violation && report.violation->rule == rule) {
        best = std::move(tried);
        smaller = true;
      } else {
        begin += size;
      }
    }
    if (size == 1 && !smaller) break;
    if (!smaller) parts *= 2;
  }
  return best;
}

}  // namespace fas::simulation
