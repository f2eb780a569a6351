// The source `schedule`: a number by the calendar, without any server.
#pragma once

#include "metrics/registry.h"

namespace fas::metrics {

SourceKind schedule_kind();

}  // namespace fas::metrics
