// The Machines API over a World: one function a call, from the request to the reply.
#pragma once

#include <optional>

#include "net/http_server.h"
#include "sim/route.h"
#include "sim/world.h"

namespace fas::sim {

// Every Machines API call but `wait`.
net::ServerResponse answer_machines(World& world, const Route& route, const net::ServerRequest& request);

// `wait`, which began at `began`: nullopt while the machine is not in the state asked for and time is left; at
// `until` at the latest it is to be asked again.
struct WaitAnswer {
  std::optional<net::ServerResponse> response;
  Duration until{0};
};
WaitAnswer answer_wait(World& world, const Route& route, const net::ServerRequest& request, Duration began);

}  // namespace fas::sim
