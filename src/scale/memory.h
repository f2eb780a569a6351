// What one app's decision has to know of the ticks before it.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "scale/fleet.h"
#include "scale/targets.h"

namespace fas::scale {

// A machine that a create may have made, until the list shows it.
struct PendingCreate {
  std::string name;
  std::string region;
  std::string id;  // empty: the reply was lost, and whether the machine exists is not known
  WallTime at;
};

struct Memory {
  std::optional<Targets> previous;
  std::vector<PendingCreate> pending;
  std::size_t next_region = 0;  // round robin over the policy's regions goes on where it ended
};

// How long a machine that the API said it created counts as there while the list does not show it.
inline constexpr std::chrono::seconds kListLag{30};
// How long the name of a create with an unknown outcome is used again before a new one is taken.
inline constexpr std::chrono::minutes kPendingName{10};

// `pending` without what the list shows by now, and what is too old to matter.
std::vector<PendingCreate> still_pending(std::vector<PendingCreate> pending, std::span<const std::string> listed_names,
                                         WallTime now);

}  // namespace fas::scale
