// Where an axis has its marks, and what they say: round numbers, at most as many as there is room for.
#pragma once

#include <string>
#include <vector>

namespace fas::backtest {

struct Mark {
  double at = 0;
  std::string label;
};

enum class AxisKind {
  kNumber,    // 0, 20, 40, ... 1.5k
  kDuration,  // of seconds: 0, 30s, 1m
  kTime,      // of unix seconds, UTC: 18:00, Nov 24, 06:00
};

// Marks within [low, high], a range that is not empty; at most about `most`, two at least for numbers.
std::vector<Mark> axis_marks(AxisKind kind, double low, double high, int most);

// The distance of marks: 1, 2 or 5 times a power of ten.
double round_step(double range, int most);

}  // namespace fas::backtest
