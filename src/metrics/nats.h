// The source `nats`: how far a consumer of JetStream lags behind its stream, from NATS' monitoring endpoint.
#pragma once

#include "metrics/registry.h"

namespace fas::metrics {

SourceKind nats_kind();

}  // namespace fas::metrics
