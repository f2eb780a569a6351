// Carries out a plan: its actions side by side, under the API's rate limits, and never more than the plan says.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "control/telemetry.h"
#include "fly/machines_api.h"
#include "scale/memory.h"
#include "scale/plan.h"

namespace fas::control {

// What became of one call. A start whose reply was lost may have happened: it takes up its place in the plan all the
// same, and the next tick's list tells.
enum class OutcomeKind { kDone, kRefused, kFailed, kUnknown };

struct Outcome {
  OutcomeKind kind = OutcomeKind::kFailed;
  std::string id;    // of the machine; empty for a create that did not get so far
  std::string name;  // of a created machine
  std::string region;
  std::optional<Error> error;
};

// Everything an action needs besides the plan; outlives the call.
struct ActContext {
  fly::MachinesApi& api;
  Telemetry& telemetry;
  const bool& draining;  // set when the process is to end: calls under way are finished, no new ones begin
};

// `clone_source` is the machine that plan.clone_of names; null for other actions. Per tick, every create is tried once
// and every candidate at most once; a machine that refuses (wrong state, leased, gone, no room) makes way for the next
// candidate, anything else that fails is left to the next tick. A refused token ends the rest at once.
boost::asio::awaitable<std::vector<Outcome>> act(const ActContext& context, std::string app, const scale::Plan& plan,
                                                 const fly::Machine* clone_source, Deadline deadline);

// The memory for the next tick: `memory` with what the creates of `outcomes` have done to it.
scale::Memory remember(scale::Memory memory, const scale::Plan& plan, const std::vector<Outcome>& outcomes,
                       std::size_t region_count, WallTime now);

}  // namespace fas::control
