#include "scale/candidates.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>

namespace fas::scale {
namespace {

// 0: known to be idle; 1: nothing is known; 2: busy.
int busyness(const Ranks& ranks, const std::string& id) {
  if (ranks.busy.empty()) return 0;
  const auto found = ranks.busy.find(id);
  if (found == ranks.busy.end()) return 1;
  return found->second > 0 ? 2 : 0;
}

double rank_of(const Ranks& ranks, const std::string& id) {
  const auto found = ranks.rank.find(id);
  return found == ranks.rank.end() ? 0 : found->second;
}

std::map<std::string_view, WallTime> creation_times(const Fleet& fleet) {
  std::map<std::string_view, WallTime> times;
  for (const Machine& machine : fleet.machines) {
    if (machine.created_at) times.emplace(machine.id, *machine.created_at);
  }
  return times;
}

void order_by_age(std::span<Candidate> candidates, const Fleet& fleet, bool oldest_first) {
  const auto times = creation_times(fleet);
  const auto time = [&](const Candidate& candidate) {
    const auto found = times.find(candidate.id);
    return found == times.end() ? WallTime{} : found->second;
  };
  std::ranges::stable_sort(candidates, [&](const Candidate& a, const Candidate& b) {
    return oldest_first ? time(a) < time(b) : time(a) > time(b);
  });
}

}  // namespace

std::vector<Candidate> candidates_in(const Fleet& fleet, std::span<const MachineState> states, WallTime now) {
  std::vector<Candidate> result;
  for (const MachineState state : states) {
    const auto first = std::ssize(result);
    for (const Machine& machine : fleet.machines) {
      if (machine.state != state || machine.leased || is_launching(machine, now)) continue;
      result.push_back({.id = machine.id,
                        .region = machine.region,
                        .state = state,
                        .has_volume = machine.has_volume,
                        .has_services = machine.has_services,
                        .updated_at = machine.updated_at});
    }
    std::ranges::sort(result.begin() + first, result.end(), {}, &Candidate::id);
  }
  return result;
}

void order_for_scale_in(std::span<Candidate> candidates, const Fleet& fleet, const Ranks& ranks, ScaleInOrder order) {
  switch (order) {
    case ScaleInOrder::kDefault: break;
    case ScaleInOrder::kOldest: order_by_age(candidates, fleet, /*oldest_first=*/true); break;
    case ScaleInOrder::kNewest: order_by_age(candidates, fleet, /*oldest_first=*/false); break;
    case ScaleInOrder::kRegionBalance: {
      std::map<std::string, int> counts;
      for (const Candidate& candidate : candidates) ++counts[candidate.region];
      balance_regions(candidates, std::move(counts), Balance::kTake);
    }
  }
  if (!ranks.rank.empty()) {
    std::ranges::stable_sort(candidates, {}, [&](const Candidate& c) { return rank_of(ranks, c.id); });
  }
  if (!ranks.busy.empty()) {
    std::ranges::stable_sort(candidates, {}, [&](const Candidate& c) { return busyness(ranks, c.id); });
  }
}

void balance_regions(std::span<Candidate> candidates, std::map<std::string, int> counts, Balance balance) {
  std::map<std::string, std::vector<Candidate>> by_region;
  for (Candidate& candidate : candidates) by_region[candidate.region].push_back(std::move(candidate));
  std::map<std::string, std::size_t> taken;
  for (Candidate& place : candidates) {
    auto best = by_region.end();
    for (auto region = by_region.begin(); region != by_region.end(); ++region) {
      if (taken[region->first] == region->second.size()) continue;
      const bool better =
          best == by_region.end() || (balance == Balance::kTake ? counts[region->first] > counts[best->first]
                                                                : counts[region->first] < counts[best->first]);
      if (better) best = region;
    }
    place = std::move(best->second[taken[best->first]++]);
    counts[best->first] += balance == Balance::kTake ? -1 : 1;
  }
}

}  // namespace fas::scale
