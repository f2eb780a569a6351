// The source `http`: a number out of any HTTP endpoint, as JSON, as plain text, or off a page of metrics in the
// Prometheus exposition format. Its fields are described in the kind's table and in docs/sources/http.md.
#pragma once

#include "metrics/registry.h"

namespace fas::metrics {

SourceKind http_kind();

}  // namespace fas::metrics
