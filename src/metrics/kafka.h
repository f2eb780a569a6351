// The source `kafka`: how far a consumer group is behind (docs/sources/kafka.md).
#pragma once

#include "metrics/registry.h"

namespace fas::metrics {

SourceKind kafka_kind();

}  // namespace fas::metrics
