// Leases: the right to change a machine, held by whoever has the nonce, until it is given back or runs out.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "sim/refusal.h"
#include "sim/world.h"

namespace fas::sim {

// Refuses with 409 where somebody else holds a lease on the machine.
Outcome<void> check_lease(const Machine& machine, std::string_view nonce);

// Takes a lease, or prolongs the one that `nonce` names. 409 when another holds it.
Outcome<const Lease*> acquire_lease(World& world, App& app, Machine& machine, std::chrono::seconds ttl,
                                    std::string_view nonce);
// 404 when there is none, 409 when `nonce` is not its nonce.
Outcome<void> release_lease(World& world, App& app, Machine& machine, std::string_view nonce);

// Without a question asked.
const Lease& take_lease(World& world, App& app, Machine& machine, std::chrono::seconds ttl, std::string owner);

}  // namespace fas::sim
