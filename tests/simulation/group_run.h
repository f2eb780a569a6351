// Several autoscalers that share apps through a store, under everything that can go wrong between them, the store and
// the Fly APIs. The rule: an app is acted on by nobody while another owns it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/duration.h"

namespace fas::simulation {

struct GroupReport {
  std::optional<std::string> violation;
  std::uint64_t acts = 0;       // changes that took effect
  std::uint64_t takings = 0;    // ownerships that passed from one process to another
  std::uint64_t processes = 0;  // that were started
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  std::vector<std::string> trace;
};

// The same seed is the same run.
GroupReport run_group(std::uint64_t seed, bool trace = false);

}  // namespace fas::simulation
