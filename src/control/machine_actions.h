// What it takes to start, stop or destroy one machine without surprise: a lease while it is stopped or destroyed, so
// that nobody else works on it; no new requests from the proxy before it stops; its own signal and time to finish
// before it is destroyed.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <expected>
#include <string>

#include "base/clock.h"
#include "base/error.h"
#include "base/machine_state.h"
#include "fly/machines_api.h"
#include "scale/candidates.h"

namespace fas::control {

enum class StopMethod { kStop, kSuspend };

struct ActionOptions {
  StopMethod stop_method = StopMethod::kStop;
  bool cordon = true;  // machines with services
};

// Everything a call needs besides the machine; outlives it.
struct MachineCalls {
  fly::MachinesApi& api;
  Clock& clock;
  ActionOptions options;
};

// Why an action came to nothing, as far as one knows: the error of the call that decided, and where that call, if its
// reply is all that was lost, has the machine on its way to. kUnknown: nothing has been done to it.
struct ActionFailure {
  Error error;
  MachineState may_become = MachineState::kUnknown;
};

// The state that the machine is on its way to.
using ActionResult = std::expected<MachineState, ActionFailure>;

// A machine with services is uncordoned, in case that it was cordoned when it was stopped.
boost::asio::awaitable<ActionResult> start_machine(const MachineCalls& calls, std::string app, scale::Candidate machine,
                                                   Deadline deadline);

// kStopping or kSuspending. Where suspending is refused the machine is stopped instead.
boost::asio::awaitable<ActionResult> stop_machine(const MachineCalls& calls, std::string app, scale::Candidate machine,
                                                  Deadline deadline);

// A machine that runs is stopped first and given a few seconds to finish. kDestroying; or kStopping when it takes
// longer: it is destroyed at a later tick, when it has stopped.
boost::asio::awaitable<ActionResult> destroy_machine(const MachineCalls& calls, std::string app,
                                                     scale::Candidate machine, Deadline deadline);

}  // namespace fas::control
