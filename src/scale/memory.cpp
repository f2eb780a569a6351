#include "scale/memory.h"

#include <algorithm>
#include <utility>

namespace fas::scale {

namespace {

// Machines that are gone, and those that still run long after they were to be stopped.
void forget_drained(Memory& memory, const Fleet& fleet, WallTime now) {
  if (memory.draining.empty()) return;
  std::erase_if(memory.draining, [&](const auto& entry) {
    const auto machine = std::ranges::find(fleet.machines, entry.first, &Machine::id);
    if (machine == fleet.machines.end()) return now - entry.second >= kListLag;
    return machine->state == MachineState::kStarted && now - entry.second >= kDrainTime;
  });
}

}  // namespace

void forget_old(Memory& memory, const Fleet& fleet, const Behavior& behavior, WallTime now) {
  const auto over = [now](const auto& entry) { return now >= entry.second; };
  std::erase_if(memory.burnt_slots, over);
  std::erase_if(memory.full_regions, over);
  std::erase_if(memory.touched, [now](const auto& entry) { return now - entry.second.at >= kListLag; });
  forget_drained(memory, fleet, now);
  const Duration lookback = std::max(behavior.up.lookback(), behavior.down.lookback());
  std::erase_if(memory.changes, [&](const Change& change) { return now - change.at >= lookback; });

  std::erase_if(memory.pending, [&](const PendingCreate& create) {
    if (std::ranges::find(fleet.slots, create.slot) != fleet.slots.end()) return true;
    const auto lifetime = create.id.empty() ? std::chrono::seconds(kPendingName) : kListLag;
    if (now - create.at < lifetime) return false;
    // The API says that the name is taken, and still no list shows it: another name has to be found.
    if (!create.id.empty()) memory.burnt_slots[create.slot] = now + kPendingName;
    return true;
  });
}

void shift(Memory& memory, Duration by) {
  const auto delta = std::chrono::duration_cast<WallTime::duration>(by);
  Windows& windows = memory.windows;
  for (Window* window : {&windows.min_created, &windows.max_created, &windows.min_started, &windows.max_started}) {
    for (TimedCount& count : window->counts()) count.at += delta;
  }
  for (Change& change : memory.changes) change.at += delta;
  for (PendingCreate& create : memory.pending) create.at += delta;
  for (auto& [id, touched] : memory.touched) touched.at += delta;
  for (auto* times : {&memory.full_regions, &memory.busy_since, &memory.draining}) {
    for (auto& [name, time] : *times) time += delta;
  }
  for (auto& [slot, until] : memory.burnt_slots) until += delta;
  memory.backoff.until += delta;
}

}  // namespace fas::scale
