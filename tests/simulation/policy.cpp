#include "tests/simulation/policy.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "tests/simulation/network.h"

namespace fas::simulation {
namespace {

using sim::Random;
using std::chrono::minutes;
using std::chrono::seconds;

template <class T, std::size_t N>
T one_of(Random& random, const std::array<T, N>& choices) {
  return choices[random.below(N)];
}

int between(Random& random, int low, int high) {
  return low + static_cast<int>(random.below(static_cast<std::uint64_t>(high - low + 1)));
}

End random_end(Random& random, int least) {
  if (random.chance(0.15)) return {.base = between(random, std::max(least, 1), 6), .least = least};
  return {.base = between(random, 0, 1), .per = between(random, 3, 9), .least = least, .most = between(random, 4, 9)};
}

End above(const End& end, int gap) {
  return {.base = end.base + gap, .per = end.per, .least = end.least + gap, .most = end.most + gap};
}

Pair random_pair(Random& random, int least) {
  const End min = random_end(random, least);
  if (random.chance(0.05)) return {.min = min, .max = {.base = between(random, std::max(least, 1), 3)}};  // may cross
  return {.min = min, .max = random.chance(0.6) ? min : above(min, between(random, 1, 2))};
}

Direction random_direction(Random& random) {
  Direction rules;
  constexpr std::array<Duration, 4> kWindows = {seconds(30), minutes(1), minutes(3), minutes(5)};
  constexpr std::array<Duration, 4> kPeriods = {seconds(20), seconds(45), minutes(1), minutes(2)};
  constexpr std::array<Duration, 4> kCooldowns = {seconds(20), minutes(1), minutes(2), minutes(5)};
  if (random.chance(0.3)) rules.window = one_of(random, kWindows);
  if (random.chance(0.3)) {
    const int count = random.chance(0.3) ? 2 : 1;
    for (int i = 0; i < count; ++i) {
      const bool percent = random.chance(0.3);
      rules.steps.push_back({.percent = percent,
                             .value = percent ? between(random, 1, 5) * 20 : between(random, 1, 3),
                             .period = one_of(random, kPeriods)});
    }
    if (random.chance(0.3)) rules.select = Select::kMin;
  }
  if (random.chance(0.3)) rules.cooldown = one_of(random, kCooldowns);
  if (random.chance(0.02)) rules.select = Select::kDisabled;
  return rules;
}

std::string direction_yaml(std::string_view key, const Direction& rules) {
  if (rules.window.count() == 0 && rules.steps.empty() && rules.cooldown.count() == 0 && rules.select == Select::kMax) {
    return {};
  }
  std::string text = fmt::format("{}:\n", key);
  if (rules.window.count() > 0) text += fmt::format("  stabilization-window: {}\n", format_duration(rules.window));
  if (rules.cooldown.count() > 0) text += fmt::format("  cooldown: {}\n", format_duration(rules.cooldown));
  constexpr std::array kSelects = {"max", "min", "disabled"};
  text += fmt::format("  select-policy: {}\n", kSelects[static_cast<std::size_t>(rules.select)]);
  if (!rules.steps.empty()) text += "  policies:\n";
  for (const Step& step : rules.steps) {
    text += fmt::format("  - {{type: {}, value: {}, period: {}}}\n", step.percent ? "percent" : "machines", step.value,
                        format_duration(step.period));
  }
  return text;
}

std::string pair_yaml(std::string_view name, const Pair& pair) {
  return fmt::format("min-{0}-machine-count: \"{1}\"\nmax-{0}-machine-count: \"{2}\"\n", name, pair.min.expression(),
                     pair.max.expression());
}

std::string fallback_yaml(const Policy& policy) {
  if (policy.fallback_after == 0) return {};
  std::string text = fmt::format("on-failure:\n  action: fallback\n  after: {}\n", policy.fallback_after);
  const auto add = [&text](std::string_view name, const std::optional<Range>& range) {
    if (range) text += fmt::format("  {}-machine-count: \"{}\"\n", name, range->min);
  };
  add("created", policy.fallback.created);
  add("started", policy.fallback.started);
  return text;
}

std::string limits_yaml(const Policy& policy) {
  if (!policy.floor_started && !policy.cap_started) return {};
  std::string text = "limits:\n";
  if (policy.floor_started) text += fmt::format("  min-started: {}\n", *policy.floor_started);
  if (policy.cap_started) text += fmt::format("  max-started: {}\n", *policy.cap_started);
  return text;
}

}  // namespace

int End::of(double depth) const {
  const int value = per == 0 ? base : base + static_cast<int>(std::ceil(depth / per));
  return std::clamp(value, least, most);
}

std::string End::expression() const {
  if (per == 0) return std::to_string(base);
  return fmt::format("min(max({} + ceil(depth / {}), {}), {})", base, per, least, most);
}

bool Policy::needs_metric() const {
  const auto moves = [](const std::optional<Pair>& pair) { return pair && (pair->min.per > 0 || pair->max.per > 0); };
  return moves(created) || moves(started);
}

Goal Policy::goal(double depth) const {
  Goal goal;
  // The last machine is never destroyed.
  if (created) goal.created = Range{std::max(created->min.of(depth), 1), std::max(created->max.of(depth), 1)};
  if (started) goal.started = Range{.min = started->min.of(depth), .max = started->max.of(depth)};
  return goal;
}

int Policy::longest_way() const { return 14; }

std::string Policy::yaml() const {
  std::string text = fmt::format("app-name: worker\napi-token: secret\ninterval: {}\ntimeout: {}\n",
                                 format_duration(interval), format_duration(timeout));
  if (!regions.empty()) text += fmt::format("regions: [{}]\n", fmt::join(regions, ", "));
  if (!launch) text += "initial-machine-state: stopped\n";
  if (created) text += pair_yaml("created", *created);
  if (started) text += pair_yaml("started", *started);
  text += direction_yaml("scale-up", up) + direction_yaml("scale-down", down);
  if (tolerance > 0) text += fmt::format("tolerance: {}\n", tolerance);
  if (budget > 0) text += fmt::format("max-actions-per-tick: {}\n", budget);
  if (suspend) text += "stop-method: suspend\n";
  if (busy) text += "busy-metric: busy\n";
  if (busy_timeout.count() > 0) text += fmt::format("busy-timeout: {}\n", format_duration(busy_timeout));
  text += fallback_yaml(*this) + limits_yaml(*this);
  if (needs_metric() || busy) text += "metric-collectors:\n";
  const auto collector = [&text](std::string_view name, std::string_view more) {
    text += fmt::format("- {{type: prometheus, metric-name: {0}, address: \"{1}\", query: {0}{2}}}\n", name,
                        kMetricsUrl, more);
  };
  if (needs_metric()) collector("depth", "");
  if (busy) collector("busy", ", series: true");
  return text;
}

Policy random_policy(Random random) {
  Policy policy;
  constexpr std::array<Duration, 7> kIntervals = {seconds(5),  seconds(10), seconds(15), seconds(15),
                                                  seconds(20), seconds(30), seconds(60)};
  constexpr std::array<Duration, 3> kTimeouts = {seconds(10), seconds(20), seconds(30)};
  policy.interval = one_of(random, kIntervals);
  policy.timeout = one_of(random, kTimeouts);
  if (random.chance(0.5)) {
    policy.regions = {"iad", "ams", "nrt"};
    policy.regions.resize(static_cast<std::size_t>(between(random, 1, 3)));
  }
  const double kind = random.uniform();
  if (kind < 0.5) {
    policy.started = random_pair(random, 0);
  } else if (kind < 0.75) {
    policy.created = random_pair(random, static_cast<int>(random.below(2)));
  } else {
    policy.created = random_pair(random, static_cast<int>(random.below(2)));
    policy.started = random_pair(random, 0);
    policy.launch = random.chance(0.5);
  }
  policy.up = random_direction(random);
  policy.down = random_direction(random);
  if (random.chance(0.15)) policy.tolerance = 0.05 * between(random, 1, 6);
  if (random.chance(0.2)) policy.budget = between(random, 1, 3);
  if (random.chance(0.2)) policy.suspend = true;
  if (random.chance(0.15)) {
    policy.busy = true;
    if (random.chance(0.5)) policy.busy_timeout = minutes(between(random, 1, 5));
  }
  if (random.chance(0.2)) {
    policy.fallback_after = between(random, 1, 4);
    const int count = between(random, 1, 5);
    if (policy.started) policy.fallback.started = Range{count, count};
    if (policy.created) policy.fallback.created = Range{count + 1, count + 1};
  }
  if (policy.started && random.chance(0.15)) policy.floor_started = between(random, 1, 2);
  if (policy.started && random.chance(0.15)) policy.cap_started = between(random, 3, 6);
  return policy;
}

}  // namespace fas::simulation
