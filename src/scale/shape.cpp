#include "scale/shape.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

namespace fas::scale {
namespace {

// Carries targets through the stages and keeps what each has changed.
class Way {
 public:
  explicit Way(const Targets& targets) { shaped_.targets = targets; }

  void note_wanted() { shaped_.wanted = shaped_.targets; }

  // Runs `change` on the targets; `reason` is asked for only when something has changed.
  template <class Change, class Reason>
  void stage(std::string_view name, Change change, Reason reason) {
    const Targets before = shaped_.targets;
    change(shaped_.targets);
    if (shaped_.targets == before) return;
    shaped_.stages.push_back(
        {.name = std::string(name), .before = before, .after = shaped_.targets, .reason = reason(before)});
  }

  Shaped take() { return std::move(shaped_); }

 private:
  Shaped shaped_;
};

// A plain count stays one: where it may not be reached, the nearest count that may takes its place at both ends.
void lower_min(Bounds& bounds, int count) {
  if (bounds.min == bounds.max) bounds.max = count;
  bounds.min = count;
}
void raise_max(Bounds& bounds, int count) {
  if (bounds.min == bounds.max) bounds.min = count;
  bounds.max = count;
}

// A target outside of what is there, but not by much, becomes what is there.
void tolerate(Bounds& bounds, const Standing& standing, double tolerance) {
  const auto near = [tolerance](int target, int current) {
    constexpr double kRounding = 1e-9;  // 11 is 10% more than 10, whatever 0.1 is in binary
    return std::abs(static_cast<double>(target) - current) <= tolerance * current + kRounding;
  };
  if (bounds.min && *bounds.min > standing.up && near(*bounds.min, standing.up)) lower_min(bounds, standing.up);
  if (bounds.max && *bounds.max < standing.down && near(*bounds.max, standing.down)) raise_max(bounds, standing.down);
}

struct AxisWindows {
  Window& min;
  Window& max;
};

void stabilize(Bounds& bounds, const Standing& standing, AxisWindows windows, const Behavior& behavior, WallTime now) {
  // Each window remembers what was asked for, not what the other has made of it.
  const Bounds asked = bounds;
  if (const Duration length = behavior.up.stabilization_window; bounds.min && length.count() > 0) {
    const int lowest = windows.min.add(now, *asked.min, length, Extreme::kLowest, standing.up);
    // Within the window fewer were asked for; but what is there already is not taken away for it.
    const int most = std::max(lowest, standing.up);
    if (*bounds.min > most) lower_min(bounds, most);
  }
  if (const Duration length = behavior.down.stabilization_window; bounds.max && length.count() > 0) {
    const int highest = windows.max.add(now, *asked.max, length, Extreme::kHighest, standing.down);
    const int least = std::min(highest, standing.down);
    if (*bounds.max < least) raise_max(bounds, least);
  }
}

std::string window_reason(const Targets& before, const Standings& standings, const Behavior& behavior) {
  const bool up = (before.started.min && *before.started.min > standings.started.up) ||
                  (before.created.min && *before.created.min > standings.created.up);
  return up ? fmt::format("scale-up takes the lowest target of the last {}",
                          format_duration(behavior.up.stabilization_window))
            : fmt::format("scale-down takes the highest target of the last {}",
                          format_duration(behavior.down.stabilization_window));
}

// Cooldown and step policies of one axis, both ways: where the ends cross, each may be beyond what is there. The reason
// of what limited, or empty.
std::string limit(Bounds& bounds, const Standing& standing, Axis axis, const Behavior& behavior,
                  const std::vector<Change>& changes, WallTime now) {
  std::string reason;
  if (bounds.min && *bounds.min > standing.up) {
    Limit most = upper_limit(behavior.up, changes, axis, standing.up, now);
    if (*bounds.min > most.count) {
      lower_min(bounds, most.count);
      reason = std::move(most.reason);
    }
  }
  if (bounds.max && *bounds.max < standing.down) {
    Limit least = lower_limit(behavior.down, changes, axis, standing.down, now);
    if (*bounds.max < least.count) {
      raise_max(bounds, least.count);
      reason += reason.empty() ? least.reason : ", " + least.reason;
    }
  }
  return reason;
}

void clamp(Bounds& bounds, const Bounds& allowed) {
  for (std::optional<int>* end : {&bounds.min, &bounds.max}) {
    if (!*end) continue;
    if (allowed.min) *end = std::max(**end, *allowed.min);
    if (allowed.max) *end = std::min(**end, *allowed.max);
  }
}

void clamp(Targets& targets, const Clamp& allowed) {
  clamp(targets.created, allowed.created);
  clamp(targets.started, allowed.started);
}

std::string clamp_reason(const Clamp& allowed) {
  std::string text;
  const auto add = [&text](std::string_view what, const Bounds& bounds) {
    if (bounds.min) text += fmt::format("{}at least {} {}", text.empty() ? "" : ", ", *bounds.min, what);
    if (bounds.max) text += fmt::format("{}at most {} {}", text.empty() ? "" : ", ", *bounds.max, what);
  };
  add("created", allowed.created);
  add("started", allowed.started);
  return text;
}

void limit_all(Way& way, const Policy& policy) {
  way.stage(
      "limits", [&](Targets& t) { clamp(t, policy.limits()); },
      [&](const Targets&) { return "limits: " + clamp_reason(policy.limits()); });
}

}  // namespace

Shaped shape(const Policy& policy, const Targets& targets, const Standings& standings, Memory& memory, WallTime now) {
  const Behavior& behavior = policy.behavior();
  Way way(targets);
  if (behavior.tolerance > 0) {
    way.stage(
        "tolerance",
        [&](Targets& t) {
          tolerate(t.created, standings.created, behavior.tolerance);
          tolerate(t.started, standings.started, behavior.tolerance);
        },
        [&](const Targets&) {
          return fmt::format("the difference is within the tolerance of {}%", behavior.tolerance * 100);
        });
  }
  way.note_wanted();
  if (behavior.up.stabilization_window.count() > 0 || behavior.down.stabilization_window.count() > 0) {
    Windows& windows = memory.windows;
    way.stage(
        "stabilization-window",
        [&](Targets& t) {
          stabilize(t.created, standings.created, {windows.min_created, windows.max_created}, behavior, now);
          stabilize(t.started, standings.started, {windows.min_started, windows.max_started}, behavior, now);
        },
        [&](const Targets& before) { return window_reason(before, standings, behavior); });
  }
  if (behavior.up.any() || behavior.down.any()) {
    std::string reason;
    way.stage(
        "steps",
        [&](Targets& t) {
          reason = limit(t.created, standings.created, Axis::kCreated, behavior, memory.changes, now);
          std::string started = limit(t.started, standings.started, Axis::kStarted, behavior, memory.changes, now);
          if (!started.empty()) reason = std::move(started);
        },
        [&](const Targets&) { return reason; });
  }
  for (const Schedule& schedule : policy.schedules()) {
    if (!schedule.active(now)) continue;
    way.stage(
        "schedule", [&](Targets& t) { clamp(t, schedule.clamp()); },
        [&](const Targets&) {
          return fmt::format("\"{}\" is in force: {}", schedule.name(), clamp_reason(schedule.clamp()));
        });
  }
  limit_all(way, policy);
  return way.take();
}

Shaped shape_by_hand(const Policy& policy, const Hand& hand, const std::optional<Targets>& computed) {
  Way way(computed.value_or(Targets{}));
  way.stage(
      "override",
      [&](Targets& t) {
        if (hand.targets.created.min || hand.targets.created.max) t.created = hand.targets.created;
        if (hand.targets.started.min || hand.targets.started.max) t.started = hand.targets.started;
      },
      [&](const Targets&) { return "set " + by_hand(hand); });
  way.note_wanted();
  limit_all(way, policy);
  return way.take();
}

void hold_windows(const Policy& policy, const Standings& standings, Memory& memory, WallTime now) {
  const Behavior& behavior = policy.behavior();
  const auto hold = [&](const Standing& standing, Window& min, Window& max) {
    if (const Duration length = behavior.up.stabilization_window; length.count() > 0) {
      min.add(now, standing.up, length, Extreme::kLowest, standing.up);
    }
    if (const Duration length = behavior.down.stabilization_window; length.count() > 0) {
      max.add(now, standing.down, length, Extreme::kHighest, standing.down);
    }
  };
  const CountExpressions& counts = policy.counts();
  if (counts.min_created || counts.max_created) {
    hold(standings.created, memory.windows.min_created, memory.windows.max_created);
  }
  if (counts.min_started || counts.max_started) {
    hold(standings.started, memory.windows.min_started, memory.windows.max_started);
  }
}

}  // namespace fas::scale
