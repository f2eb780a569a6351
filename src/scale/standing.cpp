#include "scale/standing.h"

#include <algorithm>

namespace fas::scale {

Standings stand(const Counts& counts, const Memory& memory, bool launch_created) {
  // Created a moment ago according to the API's own reply, though the list does not show it yet.
  const auto unlisted = static_cast<int>(
      std::ranges::count_if(memory.pending, [](const PendingCreate& create) { return !create.id.empty(); }));
  // Only machines that the list shows are stopped or destroyed, so only those count there.
  const int coming = counts.coming_up + (launch_created ? unlisted : 0);
  return {.created = {.up = counts.created + unlisted + counts.doubtful_created, .down = counts.created},
          .started = {.up = counts.started + coming + counts.doubtful_started, .down = counts.started}};
}

Fleet with_own_actions(const Fleet& fleet, const Memory& memory) {
  Fleet result = fleet;
  for (Machine& machine : result.machines) {
    const auto touched = memory.touched.find(machine.id);
    if (touched != memory.touched.end() && touched->second.seen == machine.updated_at) {
      if (!touched->second.sure) machine.listed = machine.state;
      machine.state = touched->second.becomes;
    }
  }
  return result;
}

}  // namespace fas::scale
