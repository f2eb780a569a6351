// What happens to an autoscaler in a scenario, besides what it does itself. Each event stands for itself, its end
// included, so that a failing scenario can be tried again without some of them.
#pragma once

#include <cstdint>
#include <string>

#include "base/duration.h"
#include "sim/faults.h"

namespace fas::simulation {

enum class EventKind : std::uint8_t {
  kMetricSet,     // the metric is `value` from now on
  kMetricRamp,    // and moves there within `lasts`
  kMetricNoise,   // up to `value` is added or taken away, anew each second
  kMetricFails,   // as `count` says: see MetricFailure
  kFault,         // of the Machines API and the GraphQL API: `fault` on `action`, with the chance `rate`
  kUnreachable,   // no connection, with the chance `rate`
  kLate,          // requests are held up, with the chance `rate`, for up to `value` seconds
  kStaleList,     // lists are up to `value` seconds old
  kRelease,       // a release is in progress
  kCapacity,      // the region `action` has room for `count` machines
  kBootFailures,  // machines fail to start, with the chance `rate`
  kHostDown,      // the host of a machine does not answer
  kOthersStart,   // somebody else starts, stops, destroys, creates or leases `count` machines
  kOthersStop,
  kOthersDestroy,
  kOthersCreate,
  kOthersLease,
  kWallJump,  // the calendar is set by `value` seconds, and stays so
  kDiskFull,
  kDiskSlow,  // writes are safe `value` seconds later
  kCrash,     // kill -9 after `count` more steps of the process; it comes back after `lasts`
  kStop,      // SIGTERM; it comes back `lasts` after its end
};

enum class MetricFailure : std::uint8_t { kHang, kError, kReset, kEmpty, kNan, kGarbage };

struct Event {
  EventKind kind = EventKind::kMetricSet;
  Duration at{0};
  Duration lasts{0};
  double value = 0;
  double rate = 0;
  int count = 0;
  std::uint64_t pick = 0;  // chooses machines, the same ones whichever events there are besides
  sim::FaultKind fault = sim::FaultKind::kErrorBefore;
  std::string action = "*";
};

// "at 12m0s for 30s: reset_after on create with chance 0.5".
std::string describe(const Event& event);

}  // namespace fas::simulation
