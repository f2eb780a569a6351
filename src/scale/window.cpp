#include "scale/window.h"

#include <utility>

namespace fas::scale {

int Window::add(WallTime now, int count, Duration length, Extreme extreme, int current) {
  const bool is_first = counts_.empty();
  std::erase_if(counts_, [&](const TimedCount& old) { return now - old.at >= length; });
  const auto push = [&](int value) {
    while (!counts_.empty()) {
      const int last = counts_.back().count;
      const bool pointless = extreme == Extreme::kLowest ? last >= value : last <= value;
      if (!pointless) break;
      counts_.pop_back();
    }
    counts_.push_back({.at = now, .count = value});
  };
  if (is_first) push(current);
  push(count);
  return counts_.front().count;
}

}  // namespace fas::scale
