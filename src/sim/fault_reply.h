// What a fault makes of a call and of its reply.
#pragma once

#include <optional>

#include "net/http_server.h"
#include "sim/faults.h"

namespace fas::sim {

// What the fault adds to the waiting before and after the effect. A hanging call waits for longer than any client.
void add_delay(const FaultRule& fault, Duration& before, Duration& after);

// The reply instead of the effect, for the kinds that keep a call from having one.
std::optional<net::ServerResponse> fault_before(const FaultRule& fault);

// Spoils the reply of a call that has had its effect, for the kinds that do.
void fault_after(const FaultRule& fault, net::ServerResponse& response);

}  // namespace fas::sim
