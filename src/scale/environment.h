// What an expression of a policy may refer to: the metrics by name, and the program's own names. A metric of the user's
// by one of those names wins.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "expr/arena.h"
#include "expr/schema.h"
#include "expr/value.h"
#include "scale/fleet.h"
#include "scale/observation.h"
#include "scale/targets.h"

namespace fas::scale {

struct MetricName {
  std::string name;
  bool is_series = false;  // an array of {labels, value} instead of a number
};

// Metrics first, in their order, then:
//   started_machine_count, created_machine_count   as counted in this tick (what users of the Go program asked for)
//   current    .started .created .stopped .suspended
//   previous   .min_started .max_started .min_created .max_created: the targets of the tick before, nil where none
expr::Schema make_schema(std::span<const MetricName> metrics);

// The values in the schema's order, in `arena` where they do not fit into a Value; nil for a metric without one.
std::vector<expr::Value> make_values(const expr::Schema& schema, std::span<const Observation> observations,
                                     const Counts& current, const std::optional<Targets>& previous, expr::Arena& arena);

// The same and `machine`, one machine of the fleet: .id, .region, .state (texts), .age (seconds since it was created),
// .busy (of the busy metric, 0 where it has none for it).
expr::Schema make_rank_schema(std::span<const MetricName> metrics);
// The value of `machine`, which is the last name of that schema.
expr::Value machine_value(const Machine& machine, std::optional<double> busy, WallTime now, expr::Arena& arena);

}  // namespace fas::scale
