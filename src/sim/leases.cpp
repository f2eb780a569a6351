#include "sim/leases.h"

#include <fmt/format.h>

#include <utility>

namespace fas::sim {

Outcome<void> check_lease(const Machine& machine, std::string_view nonce) {
  if (!machine.lease || machine.lease->nonce == nonce) return {};
  return refuse(409,
                fmt::format("aborted: lease for machine {} is currently held by {}", machine.id, machine.lease->owner));
}

const Lease& take_lease(World& world, App& app, Machine& machine, std::chrono::seconds ttl, std::string owner) {
  const std::uint64_t version = machine.lease ? machine.lease->version + 1 : world.random().next() >> 1U;
  std::string nonce = machine.lease ? machine.lease->nonce : world.new_nonce();
  machine.lease =
      Lease{.nonce = std::move(nonce), .owner = std::move(owner), .expires = world.now() + ttl, .version = version};
  world.schedule_lease_end(app, machine);
  world.touch(app, machine);
  return *machine.lease;
}

Outcome<const Lease*> acquire_lease(World& world, App& app, Machine& machine, std::chrono::seconds ttl,
                                    std::string_view nonce) {
  if (auto held = check_lease(machine, nonce); !held) return std::unexpected(held.error());
  return &take_lease(world, app, machine, ttl, machine.lease ? machine.lease->owner : "user");
}

Outcome<void> release_lease(World& world, App& app, Machine& machine, std::string_view nonce) {
  if (!machine.lease) return refuse(404, fmt::format("not_found: machine {} has no lease", machine.id));
  if (auto held = check_lease(machine, nonce); !held) return held;
  machine.lease.reset();
  world.touch(app, machine);
  return {};
}

}  // namespace fas::sim
