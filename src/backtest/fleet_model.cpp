#include "backtest/fleet_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace fas::backtest {
namespace {

using enum MachineState;

// As in control/machine_actions.cpp: how long a tick waits for a machine to stop before it destroys it.
constexpr std::chrono::seconds kStopWait{5};

// 14 hex digits in no order, as the platform's: machines are chosen by id, and that should not be by age.
std::string id_of(std::uint32_t number) {
  std::uint64_t z = (number + 1) * 0x9e3779b97f4a7c15ULL;  // SplitMix64
  z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27U)) * 0x94d049bb133111ebULL;
  return fmt::format("{:014x}", (z ^ (z >> 31U)) >> 8U);
}

bool runs(MachineState state) { return state == kStarted || state == kStopping || state == kSuspending; }

}  // namespace

FleetModel::FleetModel(const FleetOptions& options, WallTime begin, std::string region)
    : options_(options), begin_(begin) {
  for (int i = 0; i < options_.machines; ++i) add_machine(region, i < options_.started ? kStarted : kStopped);
}

void FleetModel::advance(Duration time) {
  while (!transitions_.empty() && transitions_.top().at <= time) {
    const Transition next = transitions_.top();
    transitions_.pop();
    now_ = next.at;
    transition(next);
  }
  now_ = std::max(now_, time);
  running_time_ += running_ * (now_ - running_since_);
  running_since_ = now_;
}

const std::vector<scale::Outcome>& FleetModel::act(const scale::Plan& plan) {
  outcomes_.clear();
  if (plan.action == scale::ActionKind::kCreate) {
    for (const scale::NewMachine& machine : plan.creates) create(machine, plan.launch);
    return outcomes_;
  }
  const auto count = std::min(static_cast<std::size_t>(plan.count), plan.candidates.size());
  for (std::size_t i = 0; i < count; ++i) {
    const scale::Candidate& candidate = plan.candidates[i];
    switch (plan.action) {
      case scale::ActionKind::kStart: start(candidate); break;
      case scale::ActionKind::kStop: stop(candidate); break;
      case scale::ActionKind::kDestroy: destroy(candidate); break;
      default: break;
    }
  }
  return outcomes_;
}

std::uint32_t FleetModel::add_machine(std::string region, MachineState state) {
  const std::uint32_t number = next_++;
  std::string id = id_of(number);
  by_id_.emplace(id, number);
  numbers_.push_back(number);
  fleet_.machines.push_back({.id = std::move(id),
                             .region = std::move(region),
                             .state = kCreated,
                             .created_at = wall(now_),
                             .updated_at = wall(now_)});
  if (state != kCreated) set_state(number, state);
  return number;
}

void FleetModel::create(const scale::NewMachine& machine, bool launch) {
  const std::uint32_t number = add_machine(machine.region, kCreated);
  slots_.emplace(number, machine.slot);
  fleet_.slots.push_back(machine.slot);
  schedule(number, launch ? kStarting : kStopped, options_.create_time);
  scale::Outcome& outcome = outcomes_.emplace_back();
  outcome.kind = scale::OutcomeKind::kDone;
  outcome.id = fleet_.machines.back().id;
  outcome.name = machine.name;
  outcome.slot = machine.slot;
  outcome.region = machine.region;
}

scale::Outcome& FleetModel::note(const scale::Candidate& candidate, MachineState becomes) {
  scale::Outcome& outcome = outcomes_.emplace_back();
  outcome.kind = scale::OutcomeKind::kDone;
  outcome.id = candidate.id;
  outcome.region = candidate.region;
  outcome.becomes = becomes;
  outcome.seen = candidate.updated_at;
  outcome.was_running = candidate.state == kStarted;
  return outcome;
}

void FleetModel::start(const scale::Candidate& candidate) {
  const std::uint32_t number = machine_of(candidate.id);
  set_state(number, kStarting);
  schedule(number, kStarted, candidate.state == kSuspended ? options_.boot_time / 4 : options_.boot_time);
  note(candidate, kStarting);
}

void FleetModel::stop(const scale::Candidate& candidate) {
  const std::uint32_t number = machine_of(candidate.id);
  set_state(number, options_.suspend ? kSuspending : kStopping);
  schedule(number, options_.suspend ? kSuspended : kStopped, options_.stop_time);
  note(candidate, options_.suspend ? kSuspending : kStopping);
}

// A machine that runs is stopped first; where that takes its time, a later tick destroys it.
void FleetModel::destroy(const scale::Candidate& candidate) {
  if (candidate.state == kStarted) {
    stop(candidate);
    if (options_.stop_time > kStopWait) return;
    doomed_.insert(machine_of(candidate.id));
    outcomes_.back().becomes = kDestroying;
    return;
  }
  const std::uint32_t number = machine_of(candidate.id);
  set_state(number, kDestroying);
  schedule(number, kDestroyed, options_.destroy_time);
  note(candidate, kDestroying);
}

std::size_t FleetModel::index_of(std::uint32_t machine) const {
  return static_cast<std::size_t>(std::ranges::lower_bound(numbers_, machine) - numbers_.begin());
}

void FleetModel::set_state(std::uint32_t machine, MachineState state) {
  scale::Machine& changed = fleet_.machines[index_of(machine)];
  const bool worked = changed.state == kStarted;
  const int more = static_cast<int>(runs(state)) - static_cast<int>(runs(changed.state));
  changed.state = state;
  changed.updated_at = wall(now_);
  if (more != 0) {
    running_time_ += running_ * (now_ - running_since_);
    running_since_ = now_;
    running_ += more;
    peak_ = std::max(peak_, running_);
  }
  if (worked != (state == kStarted)) shifts_.push_back({.at = now_, .machine = machine, .works = !worked});
}

void FleetModel::schedule(std::uint32_t machine, MachineState to, Duration delay) {
  transitions_.push({.at = now_ + delay, .order = next_order_++, .machine = machine, .to = to});
}

void FleetModel::transition(const Transition& transition) {
  const std::uint32_t machine = transition.machine;
  if (transition.to == kDestroyed) return remove(machine);
  set_state(machine, transition.to);
  if (transition.to == kStarting) schedule(machine, kStarted, options_.boot_time);
  if (doomed_.erase(machine) > 0) {
    set_state(machine, kDestroying);
    schedule(machine, kDestroyed, options_.destroy_time);
  }
}

void FleetModel::remove(std::uint32_t machine) {
  const std::size_t index = index_of(machine);
  if (const auto slot = slots_.find(machine); slot != slots_.end()) {
    std::erase(fleet_.slots, slot->second);
    slots_.erase(slot);
  }
  by_id_.erase(fleet_.machines[index].id);
  fleet_.machines.erase(fleet_.machines.begin() + static_cast<std::ptrdiff_t>(index));
  numbers_.erase(numbers_.begin() + static_cast<std::ptrdiff_t>(index));
}

}  // namespace fas::backtest
