// Recordings laid on the ticks of a policy.
#pragma once

#include "base/duration.h"
#include "base/error.h"
#include "scale/samples.h"

namespace fas::backtest {

// The usual distance of two rows: the median. 0 for less than two.
Duration usual_step(const scale::Samples& samples);

// A row each `step` from the first row to the last. Each takes the newest row at or before it, as a Prometheus query
// does; a row counts for as long as three usual distances, and for five minutes at least: beyond it nothing has a
// value. Errors: more than 10 million rows.
Result<scale::Samples> resample(const scale::Samples& samples, Duration step);

}  // namespace fas::backtest
