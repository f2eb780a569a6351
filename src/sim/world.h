// The simulated platform: apps, machines that take time to change their state, and the work they do. A pure state
// machine: it does no I/O, reads no clock and takes all its randomness from one seed, so that the same calls at the
// same times always lead to the same world. advance() moves its time; lifecycle.h and leases.h change its machines.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/duration.h"
#include "sim/app.h"
#include "sim/event_queue.h"
#include "sim/random.h"
#include "sim/refusal.h"
#include "sim/regions.h"
#include "sim/spread.h"

namespace fas::sim {

struct WorldOptions {
  std::uint64_t seed = 1;
  WallTime epoch = WallTime(std::chrono::seconds(1'767'225'600));  // simulated time 0: 2026-01-01T00:00:00Z
  Regions regions;
  Spread create_time{std::chrono::milliseconds(200)};  // from `created` to `starting` or `stopped`
  Spread boot_time{std::chrono::seconds(1)};           // from `starting` to `started`
  Spread stop_time{std::chrono::milliseconds(500)};    // from `stopping` to `stopped`, `suspending` to `suspended`
  Spread destroy_time{std::chrono::milliseconds(200)};
  double boot_failure_rate = 0;    // a start ends in `failed`, a first launch in `launch_failed` and `destroyed`
  Duration stale_list{0};          // a list may show the machines as they were up to that long ago
  int name_conflict_status = 409;  // what a create with a name in use is answered with
};

struct AppOptions {
  std::string name;
  std::string org = "personal";
  WorkloadOptions workload;
};

class World {
 public:
  explicit World(WorldOptions options = {});
  World(const World&) = delete;
  World& operator=(const World&) = delete;
  ~World() = default;

  Duration now() const { return now_; }
  WallTime wall_now() const { return wall_at(now_); }
  WallTime wall_at(Duration time) const {
    return options_.epoch + std::chrono::duration_cast<WallTime::duration>(time);
  }
  // Lets everything happen that is due up to `time`; an earlier time than now() changes nothing.
  void advance(Duration time);
  // When advance() will next have something to do; nullopt: never, left alone.
  std::optional<Duration> next_event() const { return events_.next_time(); }

  // Settings may be changed while the simulation runs; they count from the next call on.
  WorldOptions& options() { return options_; }
  const WorldOptions& options() const { return options_; }

  // Null where the name is taken.
  App* add_app(AppOptions options);
  bool remove_app(std::string_view name);
  App* find_app(std::string_view name);
  // By name. An app's address is stable until it is removed.
  const std::map<std::string, App*, std::less<>>& apps() const { return apps_; }
  void set_workload(App& app, WorkloadOptions options);
  void add_jobs(App& app, int count);

  // The machine, destroyed ones included; null where there is none of that id.
  static Machine* find_machine(App& app, std::string_view id);
  // A machine in `state` from nothing: no delay, no limit of capacity, none of the API's rules. Null where the name is
  // taken.
  Machine* add_machine(App& app, std::string name, std::string region, MachineConfig config, MachineState state);
  // As if it had never been.
  void remove_machine(App& app, Machine& machine);

  // --- What the operations on machines are made of; see lifecycle.h and leases.h. ---
  void set_state(App& app, Machine& machine, MachineState state, std::string_view event_type, std::string_view source);
  // `machine` will be in `state` after `delay`, unless something else happens to it before.
  void schedule(App& app, Machine& machine, MachineState state, Duration delay);
  void schedule_lease_end(App& app, Machine& machine);
  // To be called after every change of what the API shows of the machine.
  void touch(App& app, Machine& machine);
  Random& random() { return random_; }
  std::string new_nonce();

  // The reply to the plain list call: the machines not destroyed as a JSON array, up to `stale_list` old.
  const std::string& list_json(App& app);
  const std::string& machine_json(Machine& machine);
  Duration running_time(const App& app) const;

 private:
  void handle(const Event& event);
  void transition(App& app, Machine& machine);
  void arrivals(App& app);
  void assign_jobs(App& app);
  void destroyed(App& app, Machine& machine);
  void start_arrivals(App& app);

  WorldOptions options_;
  Duration now_{0};
  EventQueue events_;
  std::vector<std::unique_ptr<App>> by_index_;  // null where the app is gone
  std::map<std::string, App*, std::less<>> apps_;
  Random seed_;
  Random random_;
  Random ids_;
};

}  // namespace fas::sim
