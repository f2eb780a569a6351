// The source `sqlite`: a number out of a SQL query to a file (docs/sources/sqlite.md).
#pragma once

#include "metrics/registry.h"

namespace fas::metrics {

SourceKind sqlite_kind();

}  // namespace fas::metrics
