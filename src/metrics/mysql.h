// The source `mysql`: a number out of a SQL query to MySQL or MariaDB (docs/sources/mysql.md).
#pragma once

#include "metrics/registry.h"

namespace fas::metrics {

SourceKind mysql_kind();

}  // namespace fas::metrics
