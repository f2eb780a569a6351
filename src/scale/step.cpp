#include "scale/step.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

namespace fas::scale {
namespace {

enum class Way { kUp, kDown };

std::string_view key_of(Way way) { return way == Way::kUp ? "scale-up" : "scale-down"; }

std::string text_of(const StepPolicy& policy) {
  return fmt::format("{}{} per {}", policy.value, policy.type == StepType::kPercent ? "%" : " machines",
                     format_duration(policy.period));
}

struct Movement {
  std::int64_t added = 0;
  std::int64_t removed = 0;
};

Movement since(std::span<const Change> changes, Axis axis, WallTime now, Duration period) {
  Movement sum;
  for (const Change& change : changes) {
    if (change.axis != axis || now - change.at >= period) continue;
    (change.by > 0 ? sum.added : sum.removed) += std::abs(change.by);
  }
  return sum;
}

// The furthest count that one policy allows.
double reach(const StepPolicy& policy, std::int64_t start, Way way) {
  const auto from = static_cast<double>(start);
  // Whole numbers until the division: 5 * (1 - 0.8) is a little less than 1 in binary.
  if (way == Way::kUp) {
    if (policy.type == StepType::kMachines) return from + policy.value;
    return std::max(std::ceil(from * (100.0 + policy.value) / 100), from + 1);
  }
  if (policy.type == StepType::kMachines) return from - policy.value;
  return std::floor(from * (100.0 - policy.value) / 100);
}

int to_int(double count) {
  return static_cast<int>(std::clamp(count, 0.0, static_cast<double>(std::numeric_limits<int>::max())));
}

std::optional<WallTime> last_change(std::span<const Change> changes, Axis axis, Way way) {
  std::optional<WallTime> last;
  for (const Change& change : changes) {
    if (change.axis != axis || (change.by > 0) != (way == Way::kUp)) continue;
    last = std::max(last.value_or(change.at), change.at);
  }
  return last;
}

Limit limit_of(const DirectionRules& rules, std::span<const Change> changes, Axis axis, int current, WallTime now,
               Way way) {
  if (rules.select == SelectPolicy::kDisabled) {
    return {current, fmt::format("{} is disabled", key_of(way))};
  }
  if (rules.cooldown.count() > 0) {
    const std::optional<WallTime> last = last_change(changes, axis, way);
    if (last && now - *last < rules.cooldown) {
      const Duration left = std::chrono::ceil<std::chrono::seconds>(rules.cooldown - (now - *last));
      return {current, fmt::format("{} cooldown of {}: {} left", key_of(way), format_duration(rules.cooldown),
                                   format_duration(left))};
    }
  }
  if (rules.policies.empty()) return {way == Way::kUp ? std::numeric_limits<int>::max() : 0, {}};

  std::optional<double> best;
  const StepPolicy* chosen = nullptr;
  for (const StepPolicy& policy : rules.policies) {
    const Movement moved = since(changes, axis, now, policy.period);
    const double count = reach(policy, current - moved.added + moved.removed, way);
    const bool furthest = rules.select == SelectPolicy::kMax;
    const bool better = !best || (furthest == (way == Way::kUp) ? count > *best : count < *best);
    if (!better) continue;
    best = count;
    chosen = &policy;
  }
  const int count = way == Way::kUp ? std::max(to_int(*best), current) : std::min(to_int(*best), current);
  const Movement moved = since(changes, axis, now, chosen->period);
  const std::int64_t already = way == Way::kUp ? moved.added : moved.removed;
  std::string reason = fmt::format("{} policy {}", key_of(way), text_of(*chosen));
  if (already > 0) reason += fmt::format(", {} of them done", already);
  return {count, std::move(reason)};
}

}  // namespace

Duration DirectionRules::lookback() const {
  Duration longest = cooldown;
  for (const StepPolicy& policy : policies) longest = std::max(longest, policy.period);
  return longest;
}

Limit upper_limit(const DirectionRules& rules, std::span<const Change> changes, Axis axis, int current, WallTime now) {
  return limit_of(rules, changes, axis, current, now, Way::kUp);
}

Limit lower_limit(const DirectionRules& rules, std::span<const Change> changes, Axis axis, int current, WallTime now) {
  return limit_of(rules, changes, axis, current, now, Way::kDown);
}

}  // namespace fas::scale
