// When news of an app, pushed by somebody rather than polled for, lead to a tick.
#pragma once

#include <optional>
#include <string_view>

#include "base/clock.h"
#include "base/duration.h"

namespace fas::control {

enum class WakeResult {
  kWoken,      // a tick has become due
  kCoalesced,  // one is due already, and will see these news, too
  kUnknown,    // there is no such app
};
std::string_view to_string(WakeResult result);

// Of one app. News within `interval` of the ones before have their tick when the interval ends; none get lost.
class WakeGate {
 public:
  // When a tick is due for news that come now; nullopt: for earlier news, no tick has begun yet.
  std::optional<TimePoint> news(TimePoint now, Duration interval);

  // A tick begins, and sees all news so far.
  void tick_begins() { due_.reset(); }

  // When a tick is due for news that no tick has seen.
  std::optional<TimePoint> due() const { return due_; }

 private:
  std::optional<TimePoint> due_;
  std::optional<TimePoint> closed_until_;
};

}  // namespace fas::control
