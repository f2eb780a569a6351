// Carries out a plan: its actions side by side, under the API's rate limits, and never more than the plan says.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>
#include <vector>

#include "base/clock.h"
#include "control/machine_actions.h"
#include "control/telemetry.h"
#include "fly/machines_api.h"
#include "scale/outcome.h"
#include "scale/plan.h"

namespace fas::control {

using scale::Outcome;
using scale::OutcomeKind;

// Everything an action needs besides the plan; outlives the call.
struct ActContext {
  MachineCalls calls;
  Telemetry& telemetry;
  const bool& draining;  // set when the process is to end: calls under way are finished, no new ones begin
};

// `clone_source` is the machine that plan.clone_of names; null for other actions. Per tick, every create is tried once
// in each region that has room for it, and every candidate at most once. A machine that refuses (leased, no room on its
// host, another state) makes way for the next candidate, unless it turns out to be where it was wanted already;
// anything else that fails is left to the next tick. A refused token ends the rest at once.
boost::asio::awaitable<std::vector<Outcome>> act(const ActContext& context, std::string app, const scale::Plan& plan,
                                                 const fly::Machine* clone_source, Deadline deadline);

}  // namespace fas::control
