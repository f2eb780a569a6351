// The source `temporal`: how many workflows run, or how much waits in a task queue.
#pragma once

#include "metrics/registry.h"

namespace fas::metrics {

SourceKind temporal_kind();

}  // namespace fas::metrics
