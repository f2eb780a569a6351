// Names of the machines that this program creates. A name is a place, not a decision: "fas-app-3" is the fourth machine
// that the autoscaler keeps for the process group "app". A missing machine is always created under the lowest free
// place, so that a create whose reply was lost, or whose sender died, is refused as a name in use when it is tried
// again, and cannot double the machine (docs/decisions/0004-names-are-places.md).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace fas::scale {

// "fas-app-3". A process group that does not fit into a machine's name is stood for by a hash of it.
std::string slot_name(std::string_view process_group, int slot);

// The slot of such a name; nullopt for any other.
std::optional<int> slot_of(std::string_view name, std::string_view process_group);

}  // namespace fas::scale
