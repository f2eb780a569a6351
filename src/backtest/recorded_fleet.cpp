#include "backtest/recorded_fleet.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace fas::backtest {
namespace {

using enum MachineState;

// A machine that does not come up within it has failed to.
constexpr std::chrono::minutes kLongestBoot{2};

void change(scale::Machine& machine, MachineState state, WallTime now) {
  machine.state = state;
  machine.updated_at = now;
}

bool is_coming(const scale::Machine& machine) { return machine.state == kCreated || machine.state == kStarting; }

}  // namespace

const scale::Fleet& RecordedFleet::at(const scale::Tick& tick, const scale::Tick* next) {
  gone_by_next_ = next == nullptr ? 0 : std::max(0, tick.created - next->created);
  settle(tick.at);
  match_created(tick);
  match_started(tick);
  return fleet_;
}

// What was going has gone by the tick after it.
void RecordedFleet::settle(WallTime now) {
  for (;;) {
    const auto gone = std::ranges::find(fleet_.machines, kDestroying, &scale::Machine::state);
    if (gone == fleet_.machines.end()) break;
    remove(gone);
  }
  for (scale::Machine& machine : fleet_.machines) {
    if (machine.state == kStopping) change(machine, kStopped, now);
    if (is_coming(machine) && now - *machine.updated_at >= kLongestBoot) change(machine, kStopped, now);
  }
}

void RecordedFleet::match_created(const scale::Tick& tick) {
  while (std::ssize(fleet_.machines) < tick.created) add(region_, kStopped, tick.at);
  for (const MachineState state : {kCreated, kStopped, kStarting, kStarted}) {
    while (std::ssize(fleet_.machines) > tick.created) {
      const auto found = std::ranges::find(fleet_.machines, state, &scale::Machine::state);
      if (found == fleet_.machines.end()) break;
      remove(found);
    }
  }
}

void RecordedFleet::match_started(const scale::Tick& tick) {
  auto started = std::ranges::count(fleet_.machines, kStarted, &scale::Machine::state);
  for (const MachineState state : {kStarting, kCreated, kStopped}) {
    for (scale::Machine& machine : fleet_.machines) {
      if (started >= tick.started) break;
      if (machine.state != state) continue;
      change(machine, kStarted, tick.at);
      ++started;
    }
  }
  for (scale::Machine& machine : fleet_.machines) {
    if (started <= tick.started) break;
    if (machine.state != kStarted) continue;
    change(machine, kStopped, tick.at);
    --started;
  }
}

void RecordedFleet::add(std::string region, MachineState state, WallTime now) {
  fleet_.machines.push_back({.id = fmt::format("{:014x}", ++next_),
                             .region = std::move(region),
                             .state = state,
                             .created_at = now,
                             .updated_at = now});
}

void RecordedFleet::remove(std::vector<scale::Machine>::iterator machine) {
  if (const auto slot = slots_.find(machine->id); slot != slots_.end()) {
    std::erase(fleet_.slots, slot->second);
    slots_.erase(slot);
  }
  fleet_.machines.erase(machine);
}

// A machine that runs is stopped before it is destroyed, and may take until after the next tick to do so.
MachineState RecordedFleet::becomes(scale::ActionKind action, const scale::Candidate& candidate) {
  if (action == scale::ActionKind::kStart) return kStarting;
  if (action == scale::ActionKind::kStop) return kStopping;
  const bool is_gone = candidate.state != kStarted || gone_by_next_ > 0;
  gone_by_next_ -= is_gone ? 1 : 0;
  return is_gone ? kDestroying : kStopping;
}

const std::vector<scale::Outcome>& RecordedFleet::act(const scale::Plan& plan, WallTime now) {
  outcomes_.clear();
  for (const scale::NewMachine& machine : plan.creates) {
    add(machine.region, plan.launch ? kCreated : kStopped, now);
    fleet_.slots.push_back(machine.slot);
    slots_.emplace(fleet_.machines.back().id, machine.slot);
    scale::Outcome& outcome = outcomes_.emplace_back();
    outcome.kind = scale::OutcomeKind::kDone;
    outcome.id = fleet_.machines.back().id;
    outcome.name = machine.name;
    outcome.slot = machine.slot;
    outcome.region = machine.region;
  }
  const auto count = std::min(static_cast<std::size_t>(plan.count), plan.candidates.size());
  for (std::size_t i = 0; i < count; ++i) {
    const scale::Candidate& candidate = plan.candidates[i];
    const auto machine = std::ranges::find(fleet_.machines, candidate.id, &scale::Machine::id);
    if (machine == fleet_.machines.end()) continue;
    scale::Outcome& outcome = outcomes_.emplace_back();
    outcome.kind = scale::OutcomeKind::kDone;
    outcome.id = candidate.id;
    outcome.region = candidate.region;
    outcome.seen = candidate.updated_at;
    outcome.was_running = candidate.state == kStarted;
    outcome.becomes = becomes(plan.action, candidate);
    change(*machine, outcome.becomes, now);
  }
  return outcomes_;
}

}  // namespace fas::backtest
