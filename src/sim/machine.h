// A machine of the simulated platform: what the Machines API tells of it, and what the simulator keeps besides.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/duration.h"
#include "base/machine_state.h"

namespace fas::sim {

struct Lease {
  std::string nonce;
  std::string owner;
  Duration expires{0};  // simulated time
  std::uint64_t version = 0;
};

struct MachineEvent {
  std::string type;    // launch, start, stop, exit, ...
  std::string status;  // the state it led to
  std::string source;  // user, flyd
  WallTime at;
};

// The configuration as it came, and the few facts in it that the platform itself acts on.
struct MachineConfig {
  std::string json = "{}";
  std::string image;
  std::vector<std::string> volumes;  // of `mounts`
  bool auto_destroy = false;
};

struct Machine {
  std::uint32_t index = 0;  // within its app, by age; never used again
  std::string id;           // 14 hex digits
  std::string name;
  std::string region;
  std::string instance_id;
  std::string private_ip;
  MachineState state = MachineState::kCreated;
  MachineConfig config;
  std::string host_status = "ok";
  bool cordoned = false;
  std::optional<Lease> lease;
  std::deque<MachineEvent> events;  // the newest first, kMaxEvents of them
  WallTime created_at;
  WallTime updated_at;

  // The state it is on its way to, where it is on its way; `generation` makes an event scheduled earlier void.
  std::optional<MachineState> pending;
  std::uint32_t generation = 0;
  Duration running_since{0};  // meaningful while running()
  std::string json;           // what the API shows of it; empty: to be made anew

  static constexpr std::size_t kMaxEvents = 10;
};

// Is the virtual machine on, and so paid for and, when started, at work?
inline bool running(MachineState state) { return state == MachineState::kStarted || state == MachineState::kStopping; }

}  // namespace fas::sim
