#include "tests/simulation/stage.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "sim/leases.h"
#include "sim/lifecycle.h"
#include "sim/machine_config.h"

namespace fas::simulation {
namespace {

using nlohmann::ordered_json;

sim::WorldOptions world_options(const Scenario& scenario) {
  sim::WorldOptions options;
  options.seed = scenario.seed;
  options.create_time = scenario.create_time;
  options.boot_time = scenario.boot_time;
  options.stop_time = scenario.stop_time;
  options.destroy_time = scenario.destroy_time;
  options.name_conflict_status = scenario.name_conflict_status;
  return options;
}

sim::MachineConfig changed_config(const std::function<void(ordered_json&)>& change) {
  ordered_json json = ordered_json::parse(sim::default_config(kApp).json);
  change(json);
  return *sim::read_config(json);
}

Duration seconds_of(double seconds) { return Duration(static_cast<Duration::rep>(seconds * 1e9)); }

}  // namespace

Stage::Stage(const Scenario& scenario)
    : world_(world_options(scenario)),
      api_(world_, {.token = "secret", .latency = scenario.latency}),
      metric_(scenario.depth, scenario.seed),
      network_(
          timeline_, api_, [this](const Exchange& exchange) { return metrics_page(exchange); },
          sim::Random(scenario.seed).fork("network")) {
  furnish(scenario);
}

void Stage::furnish(const Scenario& scenario) {
  app_ = world_.add_app({.name = std::string(kApp)});
  const auto served = changed_config([](ordered_json& json) {
    json["services"] = {{{"internal_port", 8080}, {"protocol", "tcp"}, {"autostop", "stop"}}};
  });
  for (const MachineState state : scenario.machines) {
    world_.add_machine(*app_, "", "", scenario.services ? served : sim::default_config(kApp), state);
  }
  if (!scenario.decoys) return;
  const auto group = [](std::string_view name) {
    return changed_config([name](ordered_json& json) { json["metadata"]["fly_process_group"] = name; });
  };
  const auto standby = changed_config([](ordered_json& json) { json["standbys"] = {"148e2d2f0d1b89"}; });
  world_.add_machine(*app_, "", "", group("web"), MachineState::kStarted);
  world_.add_machine(*app_, "", "", group("fly_app_release_command"), MachineState::kStopped);
  world_.add_machine(*app_, "fas-app-1", "", group("web"), MachineState::kStopped);
  world_.add_machine(*app_, "", "", standby, MachineState::kStopped);
}

std::optional<net::ServerResponse> Stage::metrics_page(const Exchange& exchange) {
  if (!exchange.query.starts_with("query=busy") || metric_.server_fails()) return metric_.answer(timeline_.now());
  // About half of the machines have work, for some time each.
  constexpr Duration kSpell = std::chrono::seconds(90);
  Metric::Busy busy;
  for (const auto& [index, machine] : world().find_app(kApp)->machines) {
    if (machine.state != MachineState::kStarted) continue;
    const std::uint64_t spell = static_cast<std::uint64_t>(timeline_.now() / kSpell);
    sim::Random random(world_.options().seed * 1'000'003 + index * 1009 + spell);
    busy[machine.id] = random.chance(0.5) ? 0 : static_cast<double>(1 + random.below(3));
  }
  return Metric::busy_answer(busy);
}

bool Stage::in_group(const sim::Machine& machine) {
  return machine.config.json.find(R"("fly_process_group":"app")") != std::string::npos &&
         machine.config.json.find("standbys") == std::string::npos;
}

void Stage::begin(const Event& event) {
  world();
  switch (event.kind) {
    case EventKind::kMetricSet:
    case EventKind::kMetricRamp:
    case EventKind::kMetricNoise:
    case EventKind::kMetricFails: metric_.begin(event, timeline_.now()); break;
    case EventKind::kFault:
      faults_.push_back(&event);
      renew_faults();
      break;
    case EventKind::kUnreachable: network_.options().unreachable = event.rate; break;
    case EventKind::kLate:
      network_.options().late = event.rate;
      network_.options().late_by = seconds_of(event.value);
      break;
    case EventKind::kStaleList: world_.options().stale_list = seconds_of(event.value); break;
    case EventKind::kRelease:
      ++releases_;
      app_->release_status = "running";
      break;
    case EventKind::kCapacity: world_.options().regions.set_capacity(event.action, event.count); break;
    case EventKind::kBootFailures: world_.options().boot_failure_rate = event.rate; break;
    case EventKind::kWallJump: wall_.by += seconds_of(event.value); break;
    case EventKind::kDiskFull: disk_.full = true; break;
    case EventKind::kDiskSlow: disk_.lag = seconds_of(event.value); break;
    default: others(event); break;
  }
}

void Stage::end(const Event& event) {
  world();
  switch (event.kind) {
    case EventKind::kMetricNoise:
    case EventKind::kMetricFails: metric_.end(event, timeline_.now()); break;
    case EventKind::kFault:
      faults_.remove(&event);
      renew_faults();
      break;
    case EventKind::kUnreachable: network_.options().unreachable = 0; break;
    case EventKind::kLate: network_.options().late = 0; break;
    case EventKind::kStaleList: world_.options().stale_list = Duration{0}; break;
    case EventKind::kRelease:
      if (--releases_ == 0) app_->release_status = "complete";
      break;
    case EventKind::kCapacity: world_.options().regions.set_capacity(event.action, 1000); break;
    case EventKind::kBootFailures: world_.options().boot_failure_rate = 0; break;
    case EventKind::kHostDown:
      if (sim::Machine* machine = sim::World::find_machine(*app_, down_[&event])) {
        machine->host_status = "ok";
        world_.touch(*app_, *machine);
      }
      break;
    case EventKind::kDiskFull: disk_.full = false; break;
    case EventKind::kDiskSlow: disk_.lag = Duration{0}; break;
    default: break;
  }
}

void Stage::renew_faults() {
  api_.faults().clear();
  for (const Event* event : faults_) {
    api_.faults().add({.kind = event->fault, .action = event->action, .rate = event->rate});
  }
}

std::vector<sim::Machine*> Stage::chosen(const Event& event) {
  std::vector<sim::Machine*> machines;
  for (auto& [index, machine] : app_->machines) {
    const bool going = machine.state == MachineState::kDestroyed || machine.state == MachineState::kDestroying;
    if (!going && in_group(machine)) machines.push_back(&machine);
  }
  if (!machines.empty()) {
    const auto first = static_cast<std::ptrdiff_t>(event.pick % machines.size());
    std::rotate(machines.begin(), machines.begin() + first, machines.end());
  }
  return machines;
}

void Stage::others(const Event& event) {
  std::vector<sim::Machine*> machines = chosen(event);
  if (event.kind == EventKind::kOthersCreate) {
    for (int i = 0; i < event.count; ++i) {
      // Named here: a machine that takes its name from the world's own chance would change all that comes after it.
      std::ignore = sim::create_machine(world_, *app_,
                                        {.name = fmt::format("other-{:x}-{}", event.pick, i),
                                         .region = {},
                                         .config = sim::default_config(kApp),
                                         .skip_launch = (event.pick >> 8U) % 2 == 0});
    }
    return;
  }
  int left = event.kind == EventKind::kHostDown ? 1 : event.count;
  for (sim::Machine* machine : machines) {
    if (left-- == 0) return;
    switch (event.kind) {
      case EventKind::kOthersStart: std::ignore = sim::start_machine(world_, *app_, *machine, ""); break;
      case EventKind::kOthersStop: std::ignore = sim::stop_machine(world_, *app_, *machine, ""); break;
      case EventKind::kOthersDestroy:
        // One is left: without any there is nothing to make new ones from.
        if (left + 1 < static_cast<int>(machines.size())) {
          std::ignore = sim::destroy_machine(world_, *app_, *machine, true, "");
        }
        break;
      case EventKind::kOthersLease: lease(*machine, event.lasts); break;
      case EventKind::kHostDown:
        down_[&event] = machine->id;
        machine->host_status = "unreachable";
        world_.touch(*app_, *machine);
        break;
      default: break;
    }
  }
}

void Stage::lease(sim::Machine& machine, Duration time) {
  const auto length = std::chrono::ceil<std::chrono::seconds>(time);
  std::ignore = sim::acquire_lease(world_, *app_, machine, length, "");
}

}  // namespace fas::simulation
