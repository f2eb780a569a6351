// What simdjson's On-Demand interface of version 3.0 leaves to its users.
#pragma once

#include <simdjson.h>

namespace fas::fly {

// Has everything been read? Anything that follows the value is an error that simdjson does not look for.
inline bool ends_here(simdjson::ondemand::document& document) {
  return document.current_location().error() == simdjson::OUT_OF_BOUNDS;
}

}  // namespace fas::fly
