// What an operator has set by hand for one app, over what its policy says.
#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "scale/targets.h"

namespace fas::scale {

// Either nothing is done to the app's machines, or these counts take the place of those that the expressions ask for:
// at once, whatever windows, cooldowns and steps say, and also while metrics fail; `limits` of the policy still hold.
struct Hand {
  bool paused = false;
  Targets targets;                // of an override; an axis without counts is left to the policy
  std::optional<WallTime> until;  // none: until it is taken back
  std::string reason;             // in the operator's words, may be empty
  bool operator==(const Hand&) const = default;
};

// "by hand until 2026-11-25T03:00:00.000Z: deploy"
std::string by_hand(const Hand& hand);

}  // namespace fas::scale
