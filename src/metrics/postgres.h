// The source `postgres`: a number out of a SQL query (docs/sources/postgres.md).
#pragma once

#include "metrics/registry.h"

namespace fas::metrics {

SourceKind postgres_kind();

}  // namespace fas::metrics
