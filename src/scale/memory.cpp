#include "scale/memory.h"

#include <algorithm>
#include <utility>

namespace fas::scale {

namespace {

// What is known of machines that are gone; and that a machine was to be stopped, when it still runs long after.
void forget_machines(Memory& memory, const Fleet& fleet, WallTime now) {
  const auto find = [&](const std::string& id) { return std::ranges::find(fleet.machines, id, &Machine::id); };
  const auto gone = [&](const auto& entry) {
    return now - entry.second >= kListLag && find(entry.first) == fleet.machines.end();
  };
  std::erase_if(memory.cordoned, gone);
  std::erase_if(memory.draining, [&](const auto& entry) {
    if (gone(entry)) return true;
    if (now - entry.second < kDrainTime) return false;
    return find(entry.first)->state == MachineState::kStarted;
  });
}

}  // namespace

void forget_old(Memory& memory, const Fleet& fleet, const Behavior& behavior, WallTime now) {
  const auto over = [now](const auto& entry) { return now >= entry.second; };
  std::erase_if(memory.burnt_slots, over);
  std::erase_if(memory.full_regions, over);
  std::erase_if(memory.touched, [now](const auto& entry) { return now - entry.second.at >= kListLag; });
  forget_machines(memory, fleet, now);
  if (memory.hand && memory.hand->until && now >= *memory.hand->until) memory.hand.reset();
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
  for (auto* times : {&memory.full_regions, &memory.busy_since, &memory.draining, &memory.cordoned}) {
    for (auto& [name, time] : *times) time += delta;
  }
  for (auto& [slot, until] : memory.burnt_slots) until += delta;
  memory.backoff.until += delta;
  if (memory.hand && memory.hand->until) *memory.hand->until += delta;
}

}  // namespace fas::scale
