// An expression tried on an app: on what was seen last, and on what was seen before.
#pragma once

#include <cstddef>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "scale/observation.h"
#include "scale/policy.h"
#include "scale/samples.h"
#include "serve/reply.h"

namespace fas::serve {

// What the expression may look at, as the last tick had it.
struct Seen {
  std::vector<scale::Observation> observations;  // empty, or in the order of the policy's metrics
  scale::Counts current;
  std::optional<scale::Targets> previous;
  WallTime now;
};

// {"value": number or null, "text", "type", "count"}, or {"error", "caret"}.
Json try_now(const scale::Policy& policy, const std::string& expression, const Seen& seen);

// {"at", "counts", "started", "target"}: the expression as a count for every point, beside what was there and what the
// policy asked for (its least started, else its least created count). A metric that is recorded no more, or was a
// series, has no value. {"error"} for an expression that is no number. It may be long: asked to stop, it gives what it
// has.
Json try_history(const scale::Policy& policy, const std::string& expression, const scale::Samples& samples,
                 std::size_t points, const std::stop_token& stop);

}  // namespace fas::serve
