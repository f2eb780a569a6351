#include "scale/outcome.h"

#include <algorithm>
#include <chrono>

namespace fas::scale {
namespace {

using std::chrono::seconds;

bool may_have_happened(const Outcome& outcome) {
  return outcome.kind == OutcomeKind::kDone || outcome.kind == OutcomeKind::kUnknown;
}

// The first failures are tried again at the next tick, as most pass; then the pauses double up to two minutes.
seconds pause_after(int failed_ticks) {
  constexpr int kPatience = 2;
  constexpr seconds kShortest{30};
  constexpr seconds kLongest{120};
  if (failed_ticks <= kPatience) return seconds(0);
  const int doublings = std::min(failed_ticks - kPatience - 1, 10);
  return std::min(kShortest * (1 << doublings), kLongest);
}

void note_backoff(Backoff& backoff, std::span<const Outcome> outcomes, WallTime now) {
  if (outcomes.empty()) return;
  const bool any_done = std::ranges::any_of(outcomes, [](const Outcome& o) { return o.kind == OutcomeKind::kDone; });
  backoff.failed_ticks = any_done ? 0 : backoff.failed_ticks + 1;
  backoff.until = now + pause_after(backoff.failed_ticks);
}

void note_create(Memory& memory, const Outcome& outcome, WallTime now) {
  // A place that was asked for again has its answer now, whichever it is.
  std::erase_if(memory.pending, [&](const PendingCreate& create) { return create.slot == outcome.slot; });
  if (may_have_happened(outcome)) {
    memory.pending.push_back({.slot = outcome.slot, .region = outcome.region, .id = outcome.id, .at = now});
  }
}

void add_change(Memory& memory, Axis axis, int by, WallTime now) {
  if (by == 0) return;
  if (!memory.changes.empty()) {
    Change& last = memory.changes.back();
    if (last.at == now && last.axis == axis && (last.by > 0) == (by > 0)) {
      last.by += by;
      return;
    }
  }
  memory.changes.push_back({.at = now, .axis = axis, .by = by});
}

void note_changes(Memory& memory, const Plan& plan, std::span<const Outcome> outcomes, WallTime now) {
  int created = 0;
  int started = 0;
  for (const Outcome& outcome : outcomes) {
    if (!may_have_happened(outcome)) continue;
    switch (plan.action) {
      case ActionKind::kCreate:
        ++created;
        started += plan.launch ? 1 : 0;
        break;
      case ActionKind::kDestroy:
        created -= outcome.becomes == MachineState::kDestroying ? 1 : 0;
        started -= outcome.was_running ? 1 : 0;
        break;
      case ActionKind::kStart: ++started; break;
      case ActionKind::kStop: --started; break;
      case ActionKind::kNone: break;
    }
  }
  add_change(memory, Axis::kCreated, created, now);
  add_change(memory, Axis::kStarted, started, now);
}

// A call that failed may have stopped the machine all the same, before it came to destroying it.
void note_drain(Memory& memory, const Plan& plan, const Outcome& outcome, WallTime now) {
  if (plan.action == ActionKind::kDestroy && outcome.was_running) memory.draining[outcome.id] = now;
  if (plan.action == ActionKind::kStart && outcome.kind == OutcomeKind::kDone) memory.draining.erase(outcome.id);
}

// Ways of a plan to leave a machine between two states.
bool drains(const Plan& plan, const Candidate& candidate) {
  return plan.action == ActionKind::kDestroy && candidate.state == MachineState::kStarted;
}
bool cordons(const Plan& plan, const Candidate& candidate) {
  const bool stops = plan.action == ActionKind::kDestroy || plan.action == ActionKind::kStop;
  return stops && candidate.state == MachineState::kStarted && candidate.has_services;
}

// Those that are tried first.
std::span<const Candidate> first_candidates(const Plan& plan) {
  return std::span(plan.candidates).first(std::min(plan.candidates.size(), static_cast<std::size_t>(plan.count)));
}

}  // namespace

std::string_view to_string(OutcomeKind kind) {
  switch (kind) {
    case OutcomeKind::kDone: return "done";
    case OutcomeKind::kRefused: return "refused";
    case OutcomeKind::kFailed: return "failed";
    case OutcomeKind::kUnknown: return "unknown";
  }
  return "unknown";
}

Memory remember(Memory memory, const Plan& plan, std::span<const Outcome> outcomes, std::size_t region_count,
                WallTime now) {
  note_backoff(memory.backoff, outcomes, now);
  note_changes(memory, plan, outcomes, now);
  for (const Outcome& outcome : outcomes) {
    for (const std::string& region : outcome.full_regions) memory.full_regions[region] = now + kFullRegion;
    if (outcome.slot >= 0) {
      note_create(memory, outcome, now);
      continue;
    }
    note_drain(memory, plan, outcome, now);
    if (outcome.cordoned) {
      memory.cordoned[outcome.id] = now;
    } else if (outcome.kind == OutcomeKind::kDone) {
      memory.cordoned.erase(outcome.id);
    }
    if (!may_have_happened(outcome) || outcome.becomes == MachineState::kUnknown) continue;
    memory.touched[outcome.id] = {
        .at = now, .becomes = outcome.becomes, .seen = outcome.seen, .sure = outcome.kind == OutcomeKind::kDone};
  }
  if (plan.action == ActionKind::kCreate && region_count > 0) {
    memory.next_region = (memory.next_region + plan.creates.size()) % region_count;
  }
  return memory;
}

bool needs_foresight(const Plan& plan, bool cordon) {
  return !plan.creates.empty() || std::ranges::any_of(first_candidates(plan), [&](const Candidate& candidate) {
    return drains(plan, candidate) || (cordon && cordons(plan, candidate));
  });
}

Memory foresee(Memory memory, const Plan& plan, bool cordon, std::size_t region_count, WallTime now) {
  std::vector<Outcome> creates;
  creates.reserve(plan.creates.size());
  for (const NewMachine& machine : plan.creates) {
    creates.push_back({.kind = OutcomeKind::kUnknown,
                       .id = {},
                       .name = machine.name,
                       .slot = machine.slot,
                       .region = machine.region,
                       .seen = {},
                       .full_regions = {},
                       .error = {}});
  }
  memory = remember(std::move(memory), plan, creates, region_count, now);
  for (const Candidate& candidate : first_candidates(plan)) {
    if (drains(plan, candidate)) memory.draining[candidate.id] = now;
    if (cordon && cordons(plan, candidate)) memory.cordoned[candidate.id] = now;
  }
  return memory;
}

}  // namespace fas::scale
