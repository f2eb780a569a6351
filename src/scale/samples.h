// What the ticks of one app saw and wanted, in numbers: what charts are drawn from and policies are tried on.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "scale/decision.h"
#include "scale/targets.h"

namespace fas::scale {

struct Tick {
  WallTime at;
  int created = 0;  // as the decision counted them
  int started = 0;
  std::optional<Targets> targets;  // none: the tick held because a metric or an expression failed
  bool operator==(const Tick&) const = default;
};

// In the order of the ticks.
struct Samples {
  std::vector<std::string> metrics;  // names, each once
  std::vector<Tick> ticks;
  std::vector<double> values;  // ticks x metrics, row by row; NaN: the metric had no value, or was a series

  std::span<const double> row(std::size_t tick) const {
    return std::span(values).subspan(tick * metrics.size(), metrics.size());
  }

  void add(const Decision& decision);
  void append(const Samples& later);
  // The ticks from `since` to `until`, both inclusive; nullopt: from the first, to the last.
  Samples between(std::optional<WallTime> since, std::optional<WallTime> until) const;

 private:
  std::size_t column(std::string_view metric);
};

}  // namespace fas::scale
