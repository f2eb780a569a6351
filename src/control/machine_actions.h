// What it takes to start, stop or destroy one machine without surprise: a lease while it is stopped or destroyed, so
// that nobody else works on it; no new requests from the proxy before it stops; its own signal and time to finish
// before it is destroyed.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>
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

// What is known of an action at its end.
struct ActionResult {
  // The state that the machine is on its way to. With an error it may be: all that was lost may be the reply. kUnknown:
  // nothing has been done to it.
  MachineState becomes = MachineState::kUnknown;
  bool cordoned = false;  // it may stand cordoned, so that it gets no requests when it runs
  std::optional<Error> error{};
};

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
