// How targets may differ from what the expressions say: the rules that Kubernetes calls `behavior`, with its names and,
// where it has them, its meanings: https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/
// ("Configurable scaling behavior"). Everything is off by default.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/duration.h"

namespace fas::scale {

enum class StepType { kMachines, kPercent };

// At most `value` machines, or percent of the count at the period's start, within any `period`.
struct StepPolicy {
  StepType type = StepType::kMachines;
  int value = 1;                               // > 0
  Duration period = std::chrono::seconds(60);  // > 0
};

// Which of several step policies counts: the one that allows most change, or least; or no change at all.
enum class SelectPolicy { kMax, kMin, kDisabled };

// The rules for one direction.
struct DirectionRules {
  Duration stabilization_window{0};  // up takes the lowest target of the window, down the highest
  std::vector<StepPolicy> policies;  // none: any change at once
  SelectPolicy select = SelectPolicy::kMax;
  Duration cooldown{0};  // after a change in this direction, before the next one in it

  bool any() const {
    return stabilization_window.count() > 0 || !policies.empty() || select == SelectPolicy::kDisabled ||
           cooldown.count() > 0;
  }
  // How far back a decision has to know its own changes.
  Duration lookback() const;
};

struct Behavior {
  DirectionRules up, down;
  double tolerance = 0;  // relative difference between target and current count that is left alone; >= 0
};

}  // namespace fas::scale
