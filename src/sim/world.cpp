#include "sim/world.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "sim/machine_json.h"
#include "sim/names.h"

namespace fas::sim {
namespace {

// For so long the rate of arrivals is taken as constant.
constexpr Duration kArrivalStep = std::chrono::milliseconds(100);
// As many destroyed machines of an app stay visible to `include_deleted`.
constexpr std::size_t kDestroyedKept = 100;
constexpr Duration kLaunchFailureTime = std::chrono::milliseconds(500);

std::string_view event_of(MachineState state) {
  switch (state) {
    case MachineState::kStarting:
    case MachineState::kStarted: return "start";
    case MachineState::kStopped:
    case MachineState::kFailed: return "exit";
    case MachineState::kSuspended: return "suspend";
    case MachineState::kDestroying:
    case MachineState::kDestroyed: return "destroy";
    default: return "launch";
  }
}

}  // namespace

World::World(WorldOptions options)
    : options_(std::move(options)),
      seed_(options_.seed),
      random_(seed_.fork("world")),
      ids_(seed_.fork("identifiers")) {}

void World::advance(Duration time) {
  while (const auto next = events_.next_time()) {
    if (*next > time) break;
    now_ = std::max(now_, *next);
    handle(events_.pop());
  }
  now_ = std::max(now_, time);
}

void World::handle(const Event& event) {
  App* app = by_index_[event.app].get();
  if (app == nullptr) return;
  if (event.kind == Event::Kind::kArrivals) return arrivals(*app);
  if (event.kind == Event::Kind::kArrival) {
    app->workload.arrive(now_);
    return assign_jobs(*app);
  }
  if (event.kind == Event::Kind::kJobDone) {
    app->workload.finish(event.machine, event.tag);
    return assign_jobs(*app);
  }
  const auto found = app->machines.find(event.machine);
  if (found == app->machines.end()) return;
  Machine& machine = found->second;
  if (event.kind == Event::Kind::kTransition) {
    if (machine.pending && machine.generation == event.tag) transition(*app, machine);
  } else if (machine.lease && machine.lease->version == event.tag && machine.lease->expires <= now_) {
    machine.lease.reset();
    touch(*app, machine);
  }
}

App* World::add_app(AppOptions options) {
  if (apps_.contains(options.name)) return nullptr;
  Workload workload(std::move(options.workload), seed_.fork("workload/" + options.name));
  auto app = std::make_unique<App>(std::move(options.name), std::move(options.org), std::move(workload));
  app->index = static_cast<std::uint32_t>(by_index_.size());
  app->id = app_id(app->name);
  App* result = app.get();
  apps_.emplace(app->name, result);
  by_index_.push_back(std::move(app));
  start_arrivals(*result);
  return result;
}

bool World::remove_app(std::string_view name) {
  const auto found = apps_.find(name);
  if (found == apps_.end()) return false;
  App* app = found->second;
  for (const auto& [index, machine] : app->machines) {
    if (machine.state != MachineState::kDestroyed) options_.regions.give_back(machine.region);
  }
  apps_.erase(found);
  by_index_[app->index].reset();
  return true;
}

App* World::find_app(std::string_view name) {
  const auto found = apps_.find(name);
  return found == apps_.end() ? nullptr : found->second;
}

void World::set_workload(App& app, WorkloadOptions options) {
  app.workload.replace(std::move(options));
  start_arrivals(app);
  assign_jobs(app);
}

void World::add_jobs(App& app, int count) {
  for (int i = 0; i < count; ++i) app.workload.arrive(now_);
  assign_jobs(app);
}

void World::start_arrivals(App& app) {
  if (app.ticking || app.workload.options().profile.none()) return;
  app.ticking = true;
  events_.push(now_, {.kind = Event::Kind::kArrivals, .app = app.index});
}

void World::arrivals(App& app) {
  if (app.workload.options().profile.none()) {
    app.ticking = false;
    return;
  }
  for (const Duration at : app.workload.arrivals(now_, now_ + kArrivalStep)) {
    events_.push(at, {.kind = Event::Kind::kArrival, .app = app.index});
  }
  events_.push(now_ + kArrivalStep, {.kind = Event::Kind::kArrivals, .app = app.index});
}

void World::assign_jobs(App& app) {
  for (const Workload::Begun& begun : app.workload.assign(now_)) {
    events_.push(begun.done,
                 {.kind = Event::Kind::kJobDone, .app = app.index, .machine = begun.worker, .tag = begun.run});
  }
}

Machine* World::find_machine(App& app, std::string_view id) {
  const auto found = app.by_id.find(std::string(id));
  return found == app.by_id.end() ? nullptr : &app.machines.at(found->second);
}

Machine* World::add_machine(App& app, std::string name, std::string region, MachineConfig config, MachineState state) {
  if (app.by_name.contains(name)) return nullptr;
  while (name.empty()) {
    std::string candidate = machine_name(ids_);
    if (!app.by_name.contains(candidate)) name = std::move(candidate);
  }
  Machine machine;
  machine.index = app.next_index++;
  do {
    machine.id = machine_id(ids_);
  } while (app.by_id.contains(machine.id));
  machine.name = std::move(name);
  machine.region = region.empty() ? options_.regions.default_region() : std::move(region);
  machine.instance_id = instance_id(ids_);
  machine.private_ip = private_ip(ids_);
  machine.config = std::move(config);
  machine.created_at = wall_now();
  options_.regions.take_regardless(machine.region);
  app.by_id.emplace(machine.id, machine.index);
  app.by_name.emplace(machine.name, machine.index);
  Machine& added = app.machines.emplace(machine.index, std::move(machine)).first->second;
  set_state(app, added, state, "launch", "user");
  return &added;
}

void World::remove_machine(App& app, Machine& machine) {
  if (machine.state != MachineState::kDestroyed) set_state(app, machine, MachineState::kDestroyed, "destroy", "flyd");
  std::erase(app.destroyed, machine.index);
  app.by_id.erase(machine.id);
  app.machines.erase(machine.index);
}

void World::set_state(App& app, Machine& machine, MachineState state, std::string_view event_type,
                      std::string_view source) {
  const bool was_running = running(machine.state);
  const bool was_working = machine.state == MachineState::kStarted;
  machine.state = state;
  machine.pending.reset();
  ++machine.generation;
  machine.updated_at = wall_now();
  machine.events.push_front({.type = std::string(event_type),
                             .status = std::string(to_string(state)),
                             .source = std::string(source),
                             .at = machine.updated_at});
  if (machine.events.size() > Machine::kMaxEvents) machine.events.pop_back();

  if (!was_running && running(state)) machine.running_since = now_;
  if (was_running && !running(state)) app.running_time += now_ - machine.running_since;
  const bool working = state == MachineState::kStarted;
  if (working && !was_working) app.workload.add_worker(machine.index);
  if (was_working && !working) app.workload.remove_worker(machine.index);
  touch(app, machine);
  if (working != was_working) assign_jobs(app);
  if (state == MachineState::kDestroyed) destroyed(app, machine);
}

void World::destroyed(App& app, Machine& machine) {
  options_.regions.give_back(machine.region);
  app.by_name.erase(machine.name);
  machine.lease.reset();
  app.destroyed.push_back(machine.index);
  if (app.destroyed.size() <= kDestroyedKept) return;
  const auto oldest = app.machines.find(app.destroyed.front());
  app.destroyed.pop_front();
  app.by_id.erase(oldest->second.id);
  app.machines.erase(oldest);
}

void World::schedule(App& app, Machine& machine, MachineState state, Duration delay) {
  machine.pending = state;
  ++machine.generation;
  events_.push(
      now_ + delay,
      {.kind = Event::Kind::kTransition, .app = app.index, .machine = machine.index, .tag = machine.generation});
}

void World::schedule_lease_end(App& app, Machine& machine) {
  events_.push(
      machine.lease->expires,
      {.kind = Event::Kind::kLeaseEnd, .app = app.index, .machine = machine.index, .tag = machine.lease->version});
}

void World::transition(App& app, Machine& machine) {
  const MachineState state = *machine.pending;
  set_state(app, machine, state, event_of(state), "flyd");
  if (state == MachineState::kStarting) {
    const bool fails = random_.chance(options_.boot_failure_rate);
    schedule(app, machine, fails ? MachineState::kLaunchFailed : MachineState::kStarted,
             options_.boot_time.sample(random_));
  } else if (state == MachineState::kLaunchFailed) {
    schedule(app, machine, MachineState::kDestroyed, kLaunchFailureTime);
  } else if (state == MachineState::kStopped && machine.config.auto_destroy) {
    set_state(app, machine, MachineState::kDestroying, "destroy", "flyd");
    schedule(app, machine, MachineState::kDestroyed, options_.destroy_time.sample(random_));
  } else if (state == MachineState::kDestroying) {
    schedule(app, machine, MachineState::kDestroyed, options_.destroy_time.sample(random_));
  }
}

void World::touch(App& app, Machine& machine) {
  machine.json.clear();
  app.list_valid = false;
}

std::string World::new_nonce() { return nonce(ids_); }

const std::string& World::machine_json(Machine& machine) {
  if (machine.json.empty()) machine.json = sim::machine_json(machine);
  return machine.json;
}

const std::string& World::list_json(App& app) {
  const bool stale_enough = app.list.empty() || now_ - app.list_made >= options_.stale_list;
  if (app.list_valid || !stale_enough) return app.list;
  app.list.assign(1, '[');
  for (auto& [index, machine] : app.machines) {
    if (machine.state == MachineState::kDestroyed) continue;
    if (app.list.size() > 1) app.list += ',';
    app.list += machine_json(machine);
  }
  app.list += ']';
  app.list_valid = true;
  app.list_made = now_;
  return app.list;
}

Duration World::running_time(const App& app) const {
  Duration total = app.running_time;
  for (const auto& [index, machine] : app.machines) {
    if (running(machine.state)) total += now_ - machine.running_since;
  }
  return total;
}

}  // namespace fas::sim
