#include "scale/memory.h"

#include <algorithm>
#include <utility>

namespace fas::scale {

std::vector<PendingCreate> still_pending(std::vector<PendingCreate> pending, std::span<const std::string> listed_names,
                                         WallTime now) {
  std::erase_if(pending, [&](const PendingCreate& create) {
    const auto lifetime = create.id.empty() ? std::chrono::seconds(kPendingName) : kListLag;
    return now - create.at >= lifetime || std::ranges::find(listed_names, create.name) != listed_names.end();
  });
  return pending;
}

}  // namespace fas::scale
