#include "control/wake.h"

#include <algorithm>

namespace fas::control {

std::string_view to_string(WakeResult result) {
  switch (result) {
    case WakeResult::kWoken: return "woken";
    case WakeResult::kCoalesced: return "coalesced";
    case WakeResult::kUnknown: break;
  }
  return "unknown";
}

std::optional<TimePoint> WakeGate::news(TimePoint now, Duration interval) {
  if (due_) return std::nullopt;
  due_ = closed_until_ ? std::max(now, *closed_until_) : now;
  closed_until_ = *due_ + interval;
  return due_;
}

}  // namespace fas::control
