// The Machines API, one method an endpoint. https://fly.io/docs/machines/api/
//
// Every call ends by its deadline, honours the documented rate limits before the API has to say 429 (per action, and
// per machine or app: 1 a second, burst 3; `get` 5 a second, burst 10), and repeats only what is safe to repeat: reads,
// and changes that surely had no effect (ErrorKind::kUnavailable, 429). A create is never repeated here: an outcome
// that is not known comes back as kUnknownOutcome for the caller to resolve by the machine's name. Errors name app,
// call, HTTP status and fly-request-id, never the token.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "fly/machine.h"

namespace fas::fly {

struct Lease {
  std::string nonce;
  std::string owner;
  WallTime expires_at;
};

// Under a lease, its nonce; else empty.
using LeaseNonce = std::string;

class MachinesApi {
 public:
  MachinesApi() = default;
  MachinesApi(const MachinesApi&) = delete;
  MachinesApi& operator=(const MachinesApi&) = delete;
  virtual ~MachinesApi() = default;

  template <class T>
  using Reply = boost::asio::awaitable<Result<T>>;

  virtual Reply<MachineList> list(std::string app, Deadline deadline) = 0;
  virtual Reply<Machine> get(std::string app, std::string id, Deadline deadline) = 0;
  // `body` from clone_request(). kConflict when the name exists; kCapacity when the region is full.
  virtual Reply<Machine> create(std::string app, std::string body, Deadline deadline) = 0;
  virtual Reply<void> start(std::string app, std::string id, LeaseNonce nonce, Deadline deadline) = 0;
  // Signal and timeout are the machine's own (stop_config), so none are sent.
  virtual Reply<void> stop(std::string app, std::string id, LeaseNonce nonce, Deadline deadline) = 0;
  virtual Reply<void> suspend(std::string app, std::string id, LeaseNonce nonce, Deadline deadline) = 0;
  virtual Reply<void> destroy(std::string app, std::string id, bool force, LeaseNonce nonce, Deadline deadline) = 0;
  // Returns when the machine is in `state`; kTimeout when it is not by `deadline`.
  virtual Reply<void> wait(std::string app, std::string id, std::string instance_id, MachineState state,
                           Deadline deadline) = 0;
  virtual Reply<void> cordon(std::string app, std::string id, LeaseNonce nonce, Deadline deadline) = 0;
  virtual Reply<void> uncordon(std::string app, std::string id, LeaseNonce nonce, Deadline deadline) = 0;
  // kConflict when another holds it.
  virtual Reply<Lease> acquire_lease(std::string app, std::string id, std::chrono::seconds ttl, Deadline deadline) = 0;
  virtual Reply<void> release_lease(std::string app, std::string id, LeaseNonce nonce, Deadline deadline) = 0;
};

}  // namespace fas::fly
